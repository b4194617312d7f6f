#!/usr/bin/env python3
"""ftb in Python: signs a device without a browser in at a Fleet Token Broker and gives AWS SDKs their credentials.

The twin of the shell client `ftb`: the same commands, settings, state files and exit statuses (docs/devices.md), with
nothing but the standard library of Python 3.8 or later. Secrets are kept in files of mode 0600, never on a command line.
"""

import collections
import email.utils
import glob
import http.client
import json
import os
import random
import re
import signal
import socket
import ssl
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from datetime import datetime, timezone

VERSION = "1"

OK, USAGE, NOT_SIGNED_IN, PENDING, DENIED, EXPIRED, OFFLINE, REFUSED, BUSY, NO_CREDENTIALS = range(10)

# All in seconds.
REGISTER_AGAIN_BEFORE_END = 86_400
RENEW_BEFORE_END = 300
DEFAULT_INTERVAL = 5
SLOW_DOWN_STEP = 5
LONGEST_BACK_OFF = 60
CLOCK_TOLERANCE = 300
TIMEOUT = 30

DEVICE_CODE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
DEFAULT_CONFIG = "/etc/ftb/ftb.conf"
SETTING_NAMES = (
    "FTB_API", "FTB_ENROLLMENT_KEY", "FTB_ENROLLMENT_KEY_FILE", "FTB_STATE_DIR", "FTB_NAME", "FTB_ALLOW_HTTP",
)

USAGE_TEXT = """\
Usage: ftb.py [--config FILE] [--state-dir DIR] COMMAND

  login [--wait SECONDS]   sign this device in: shows a link and a code, waits until a person has approved.
                           --wait 0 starts, or looks once, and returns. Does nothing when already signed in.
  register [--force]       only register this device; --force replaces a registration (and signs out)
  credentials              role credentials as credential_process JSON; never starts a sign-in
  status [--json]          what is stored and how long it lasts; asks nobody
  logout [--forget]        revoke what this device holds and delete it; --forget also deletes its registration
  help, version

Settings, from the environment or from lines NAME=value of the file ({config}):
  FTB_API                  the broker's address, or its device endpoint <address>/e/<enrollment key>
  FTB_ENROLLMENT_KEY       the fleet's enrollment key, needed to register; or
  FTB_ENROLLMENT_KEY_FILE  a file that holds it
  FTB_STATE_DIR            where everything is kept ({state_dir})
  FTB_NAME                 the name that operators see ({name})
  FTB_ALLOW_HTTP           1: allow http:// to other hosts than this one (for tests; secrets travel in clear)

Exit status: 0 done, 1 usage or setting, 2 not enrolled or not signed in, 3 waits for approval, 4 denied, 5 expired,
  6 broker out of reach, 7 refused by the broker, 8 another ftb is at work, 9 this fleet has tokens, no credentials"""


class Stop(Exception):
    """The end of a command: an exit status, and a text that says what to do next."""

    def __init__(self, status, text):
        super().__init__(text)
        self.status = status


def say(text):
    print(text, flush=True)


def warn(text):
    print(f"ftb: {text}", file=sys.stderr, flush=True)


# --- Small things ---------------------------------------------------------------------------------------------------


def now():
    """The time in epoch seconds."""
    return int(time.time())


def whole(value, default):
    """A number that came from outside, without its fraction; the default for anything else."""
    match = re.fullmatch(r"(0|[1-9][0-9]{0,14})(\..*)?", str(value))
    return int(match.group(1)) if match else default


def printable(text):
    """Printable ASCII, so that no answer can steer a terminal or forge a line of a state file."""
    return "".join(c if " " <= c <= "~" else " " if c < " " else "?" for c in text)


def duration(seconds):
    """Seconds, for people."""
    for unit, length in (("days", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= 2 * length:
            return f"{seconds // length} {unit}"
    return f"{seconds} s"


def epoch_of_iso(text):
    """Epoch seconds of 2026-11-21T07:08:09Z; 0 for any other form."""
    match = re.fullmatch(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d+)?Z", text)
    try:
        return int(datetime.fromisoformat(match.group(1)).replace(tzinfo=timezone.utc).timestamp()) if match else 0
    except ValueError:
        return 0


# --- Settings -------------------------------------------------------------------------------------------------------


def default_state_dir():
    if os.getuid() == 0:
        return "/var/lib/ftb"
    home = os.environ.get("HOME", "")
    return os.path.join(os.environ.get("XDG_STATE_HOME") or f"{home}/.local/state", "ftb")


def read_settings(config_option):
    """The settings of the file (lines NAME=value, never run as a program) under those of the environment."""
    config = config_option or DEFAULT_CONFIG
    settings = {}
    if os.path.exists(config):
        try:
            with open(config, encoding="utf-8", errors="replace") as file:
                lines = file.read().splitlines()
        except OSError:
            raise Stop(USAGE, f"You may not read the settings file {config}. Run ftb as the user who may.") from None
        for line in lines:
            name, _, value = line.partition("=")
            if line == "" or line.startswith("#"):
                continue
            if name not in SETTING_NAMES:
                text = f"{config} has a line that is neither a comment nor a setting that ftb knows. See: ftb help"
                raise Stop(USAGE, text)
            value = value[1:] if value.startswith('"') else value
            settings[name] = value[:-1] if value.endswith('"') else value
    elif config_option:
        raise Stop(USAGE, f"There is no settings file {config}. Correct --config.")
    settings.update({name: os.environ[name] for name in SETTING_NAMES if os.environ.get(name)})
    return settings


def is_this_host(api):
    host = urllib.parse.urlsplit(api).hostname or ""
    return host in ("localhost", "::1") or re.fullmatch(r"127\.[0-9.]*", host) is not None


def check_address(api, settings):
    if not re.fullmatch(r"[!-~]*", api) or re.search("[@?#]", api):
        raise Stop(USAGE, "FTB_API must be a plain address such as https://broker.example.com/v1.")
    if re.match("https://.", api):
        return
    if not re.match("http://.", api):
        raise Stop(USAGE, "FTB_API must begin with https://.")
    if not is_this_host(api) and settings.get("FTB_ALLOW_HTTP") != "1":
        text = "FTB_API must begin with https://: over http:// everybody on the way reads the secrets."
        raise Stop(USAGE, text)


# --- State: files of lines name=value -------------------------------------------------------------------------------


class State:
    """What this device has. Each file is replaced at once: a power cut leaves the old or the new.

    client: the registration. session: an approval that is waited for. token: what the approval gave. handle: the token
    alone, for AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE. credentials: the latest role credentials.
    """

    def __init__(self, folder):
        self.folder = folder
        if os.path.exists(folder) and not (os.path.isdir(folder) and os.access(folder, os.R_OK | os.X_OK)):
            text = f"You may not read {folder}. Run ftb as the user who signed the device in, or set FTB_STATE_DIR."
            raise Stop(USAGE, text)
        self.lock_path = None
        self.load()

    def path(self, name):
        return os.path.join(self.folder, name)

    def load(self):
        self.client = self.read("client")
        self.session = self.read("session")
        self.token = self.read("token")
        if not self.client.get("client_id"):
            # Without its registration the rest is of no use.
            self.client, self.session, self.token = {}, {}, {}

    def read(self, name):
        """The file as a dictionary; empty when there is none."""
        try:
            with open(self.path(name), encoding="ascii", errors="replace") as file:
                return dict(line.partition("=")[::2] for line in file.read().split("\n") if line)
        except FileNotFoundError:
            return {}
        except OSError:
            text = f"You may not read {self.path(name)}. Run ftb as the user who signed the device in."
            raise Stop(USAGE, text) from None

    def not_writable(self):
        text = f"Nothing can be stored in {self.folder}. Make it writable and not full, or set FTB_STATE_DIR."
        return Stop(USAGE, text)

    def write(self, path, text):
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())

    def store(self, name, values):
        """Stores a dictionary, or a text as it is."""
        text = values if isinstance(values, str) else "".join(f"{key}={value}\n" for key, value in values.items())
        temporary = self.path(f".{name}.{os.getpid()}")
        try:
            self.write(temporary, text)
            os.replace(temporary, self.path(name))
        except OSError:
            raise self.not_writable() from None

    def store_client(self, client):
        self.client = client
        self.store("client", client)

    def store_session(self):
        self.store("session", self.session)

    def store_token(self, token):
        self.token = token
        self.store("token", token)
        if token["release"] == "credentials":
            self.store("handle", token["access_token"])
        else:
            self.drop("handle")

    def drop_session(self):
        self.session = {}
        self.drop("session")

    def drop_token(self):
        self.token = {}
        self.drop("token", "handle", "credentials")

    def drop(self, *names):
        for name in names:
            self.remove(self.path(name))

    def remove(self, *paths):
        for path in paths:
            try:
                os.remove(path)
            except FileNotFoundError:
                pass

    def leftovers(self, *names):
        """What a killed ftb left behind."""
        return [path for name in names for path in glob.glob(f"{glob.escape(self.folder)}/.{name}.*")]

    # One ftb at a time. The lock names its holder so that nobody else is taken for it: process ids come back, above
    # all after a power cut.

    def take_lock(self):
        lock, mine = self.path("lock"), self.path(f"lock.{os.getpid()}")
        try:
            os.makedirs(self.folder, mode=0o700, exist_ok=True)
            self.write(mine, f"{os.getpid()} {started_at(os.getpid())} {boot_id()}\n")
        except OSError:
            raise self.not_writable() from None
        try:
            for _ in range(5):
                if self.try_lock(lock, mine):
                    self.lock_path = lock
                    self.remove(*self.leftovers("client", "session", "token", "handle"))
                    self.load()
                    return
        finally:
            self.remove(mine)
        text = f"The lock {lock} cannot be taken. Use a folder on a file system with hard links for FTB_STATE_DIR."
        raise Stop(USAGE, text)

    def try_lock(self, lock, mine):
        try:
            os.link(mine, lock)
            return True
        except OSError:
            pass
        try:
            holder = read_text(lock)
            if is_alive(holder):
                text = f"Another ftb (process {holder.split()[0]}) is at work. Wait for it, or stop it; ftb status shows what it waits for."
                raise Stop(BUSY, text)
            # Whoever moves the dead holder's lock away may have taken one that a third just made: that one is put back.
            os.rename(lock, mine + ".dead")
            if read_text(mine + ".dead") != holder:
                os.link(mine + ".dead", lock)
        except OSError:
            pass
        self.remove(mine + ".dead")
        return False

    def unlock(self):
        if self.lock_path is not None:
            self.remove(self.lock_path)


def read_text(path):
    with open(path, encoding="ascii", errors="replace") as file:
        return file.read()


def boot_id():
    try:
        return read_text("/proc/sys/kernel/random/boot_id").strip()
    except OSError:
        return "-"


def started_at(pid):
    """When a process started, in clock ticks since boot (proc(5)); None when there is none."""
    try:
        return read_text(f"/proc/{pid}/stat").rpartition(") ")[2].split()[19]
    except (OSError, IndexError):
        pass
    try:
        os.kill(int(pid), 0)
        return "-"
    except (OSError, ValueError):
        return None


def is_alive(holder):
    parts = holder.split()
    return len(parts) == 3 and parts[2] == boot_id() and started_at(parts[0]) == parts[1]


# --- The broker -----------------------------------------------------------------------------------------------------

Answer = collections.namedtuple("Answer", "status members error description retry_after")
"""status 0: no answer. retry_after: seconds, or None."""


class NoRedirect(urllib.request.HTTPRedirectHandler):
    """The broker redirects no device; whoever does is somebody else."""

    def redirect_request(self, *_):
        return None


class Broker:
    def __init__(self, api):
        self.api = api
        self.opener = urllib.request.build_opener(NoRedirect())
        self.clock_checked = False

    def call(self, method, path, body=None, headers=None):
        """One request; a dictionary is sent as a form."""
        data = urllib.parse.urlencode(body).encode() if isinstance(body, dict) else body
        request = urllib.request.Request(self.api + path, data=data, method=method)
        request.add_header("Accept", "application/json")
        request.add_header("User-Agent", f"ftb.py/{VERSION}")
        for name, value in (headers or {}).items():
            request.add_header(name, value)
        try:
            try:
                with self.opener.open(request, timeout=TIMEOUT) as response:
                    return self.read_answer(response.status, response.headers, response.read())
            except urllib.error.HTTPError as error:
                with error:
                    return self.read_answer(error.code, error.headers, error.read())
        except (OSError, http.client.HTTPException) as error:
            return Answer(0, {}, "", self.problem(error), None)

    def read_answer(self, status, headers, body):
        self.check_clock(headers.get("Date", ""))
        try:
            parsed = json.loads(body)
        except ValueError:
            parsed = None
        members = {
            printable(name): printable(value) if isinstance(value, str) else value
            for name, value in (parsed.items() if isinstance(parsed, dict) else ())
            if isinstance(value, (str, int, float))
        }
        text = f"The answer (HTTP {status}) is not one of a broker. Check FTB_API ({self.api})."
        description = members.get("error_description") or members.get("message") or text
        retry_after = whole(headers.get("Retry-After", "").strip(), None)
        return Answer(status, members, str(members.get("error", "")), str(description), retry_after)

    def problem(self, error):
        reason = getattr(error, "reason", error)
        if isinstance(reason, ssl.SSLError):
            return f"The identity of {self.api} cannot be verified. Check the clock, the CA certificates and FTB_API."
        if isinstance(reason, socket.gaierror):
            return f"The host of FTB_API ({self.api}), or of a proxy, is not known. Check the network and the name."
        if isinstance(reason, (socket.timeout, TimeoutError)):
            return f"{self.api} did not answer in time. Check the network."
        if isinstance(reason, ConnectionRefusedError):
            return f"There is no connection to {self.api}. Check the network."
        return f"The connection to {self.api} broke ({type(reason).__name__}). Check the network."

    def check_clock(self, date):
        """AWS refuses requests that are signed with a wrong time, so that a device should hear of it before."""
        try:
            off = now() - int(email.utils.parsedate_to_datetime(date).timestamp())
        except (TypeError, ValueError, IndexError):
            return
        if not self.clock_checked and abs(off) > CLOCK_TOLERANCE:
            side = "fast" if off > 0 else "slow"
            warn(f"This device's clock is {duration(abs(off))} {side}. Set it: AWS refuses requests with a wrong time.")
        self.clock_checked = True


def is_transient(answer):
    """Whether the answer only means "later": no answer, throttled, or the broker in trouble."""
    if answer.status == 0 or answer.status == 429 or answer.status >= 500:
        return True
    return answer.status == 400 and answer.error == "slow_down"


def patiently(ask, tries=4):
    """Asks again while the answer only means "later"; four times at most while no answer says when."""
    answer = ask()
    back_off = 1
    for _ in range(tries - 1):
        if not is_transient(answer) or (answer.retry_after or 0) > LONGEST_BACK_OFF:
            break
        if answer.retry_after is not None:
            pause = answer.retry_after
        elif back_off < 8:
            pause, back_off = back_off, back_off * 2
        else:
            break
        time.sleep(pause + random.randrange(3))
        answer = ask()
    return answer


def give_up(answer, hint=""):
    """The end of a command whose answer is not the hoped-for one."""
    if is_transient(answer):
        return Stop(OFFLINE, answer.description)
    return Stop(REFUSED, f"{answer.description} {hint}".strip())


def registration_hint(answer):
    return "(To register again: ftb register --force)" if answer.error == "invalid_client" else ""


# --- The device -----------------------------------------------------------------------------------------------------


class Device:
    """The settings, what is stored, and the broker: all that the commands work with."""

    def __init__(self, config_option, state_dir_option, needs_broker):
        self.settings = read_settings(config_option)
        folder = state_dir_option or self.settings.get("FTB_STATE_DIR") or default_state_dir()
        api = self.settings.get("FTB_API", "").rstrip("/")
        self.enrollment_key = self.settings.get("FTB_ENROLLMENT_KEY", "")
        if "/e/" in api:
            # The key travels in a header, and in no URL that a server on the way may log.
            api, _, key = api.rpartition("/e/")
            self.enrollment_key = self.enrollment_key or key
        self.state = State(folder)
        # The stored registration knows its broker, so that FTB_API is needed once only.
        stored_api = self.state.client.get("api", "")
        if api and stored_api and api != stored_api:
            text = f"{folder} belongs to {stored_api}. Unset FTB_API to go on with it, or set another FTB_STATE_DIR."
            raise Stop(USAGE, text)
        self.api = api or stored_api
        if self.api:
            check_address(self.api, self.settings)
        elif needs_broker:
            raise Stop(USAGE, "Set FTB_API to the broker's address.")
        self.broker = Broker(self.api)

    def client_form(self):
        return {"client_id": self.state.client["client_id"], "client_secret": self.state.client["client_secret"]}

    # Registration (RFC 7591).

    def is_registered(self):
        ends_at = whole(self.state.client.get("expires_at"), 0)
        has_time = ends_at == 0 or ends_at - now() > REGISTER_AGAIN_BEFORE_END
        return bool(self.state.client.get("client_id")) and has_time

    def require_enrollment_key(self):
        path = self.settings.get("FTB_ENROLLMENT_KEY_FILE")
        if not self.enrollment_key and path:
            try:
                self.enrollment_key = "".join(read_text(path).split())
            except OSError:
                text = f"FTB_ENROLLMENT_KEY_FILE names {path}, which cannot be read. Correct it."
                raise Stop(USAGE, text) from None
        if not self.enrollment_key:
            text = "This device is not enrolled. Set FTB_ENROLLMENT_KEY or FTB_ENROLLMENT_KEY_FILE (operators make keys) and run: ftb login"
            raise Stop(NOT_SIGNED_IN, text)

    def register(self):
        self.require_enrollment_key()
        name = self.settings.get("FTB_NAME") or os.uname().nodename
        metadata = {
            "client_name": name,
            "grant_types": [DEVICE_CODE_GRANT, "refresh_token"],
            "token_endpoint_auth_method": "client_secret_post",
        }
        headers = {
            "Authorization": f"Bearer {printable(self.enrollment_key)}",
            "Content-Type": "application/json",
        }
        answer = patiently(lambda: self.broker.call("POST", "/register", json.dumps(metadata).encode(), headers))
        if answer.status != 201 or not answer.members.get("client_id"):
            raise give_up(answer)
        self.state.drop_session()
        self.state.drop_token()
        self.state.store_client(
            {
                "api": self.api,
                "client_id": answer.members["client_id"],
                "client_secret": answer.members.get("client_secret", ""),
                "expires_at": whole(answer.members.get("client_secret_expires_at"), 0),
            }
        )
        say(f"Registered as {name}.")

    # Signing in (RFC 8628).

    def start_session(self):
        if not self.is_registered():
            self.register()
        # While a whole fleet starts, who is told when to come again is in a queue that moves.
        answer = patiently(lambda: self.broker.call("POST", "/device_authorization", self.client_form()), tries=12)
        members = answer.members
        if answer.status != 200 or not members.get("device_code"):
            raise give_up(answer, registration_hint(answer))
        interval = whole(members.get("interval"), DEFAULT_INTERVAL) or DEFAULT_INTERVAL
        self.state.session = {
            "device_code": members["device_code"],
            "user_code": members.get("user_code", ""),
            "verification_uri": members.get("verification_uri", ""),
            "verification_uri_complete": members.get("verification_uri_complete", ""),
            "interval": interval,
            "expires_at": now() + whole(members.get("expires_in"), 0),
        }
        self.plan_poll(interval)
        self.state.store_session()

    def show_session(self):
        session = self.state.session
        left = whole(session.get("expires_at"), 0) - now()
        say("To sign this device in, open this link and approve:")
        say(f"  {session.get('verification_uri_complete') or session.get('verification_uri')}")
        say("The page must show, or ask for, this code:")
        say(f"  {session.get('user_code')}")
        if left > 0:
            say(f"The code is good for {duration(left)}.")

    def ask_token(self, grant_type, name, value):
        return self.broker.call("POST", "/token", {"grant_type": grant_type, name: value, **self.client_form()})

    def token_of(self, answer, earlier=None):
        """What an answer of /token gives; None when it has no tokens."""
        access_token = answer.members.get("access_token")
        if answer.status != 200 or not access_token:
            return None
        refresh_token = answer.members.get("refresh_token") or (earlier or {}).get("refresh_token", "")
        # A fleet that releases credentials gives its devices a handle, and nothing else.
        release = "credentials" if refresh_token == access_token else "token"
        return {
            "access_token": access_token,
            "refresh_token": refresh_token,
            "expires_at": now() + whole(answer.members.get("expires_in"), 0),
            "release": release,
        }

    def poll(self):
        """Polls once. Returns the answer and what it means: a token, pending, later, blocked, or the exit status of an end."""
        session = self.state.session
        answer = self.ask_token(DEVICE_CODE_GRANT, "device_code", session["device_code"])
        if answer.status == 200:
            return answer, self.token_of(answer) or "later"
        if answer.status == 0 or answer.status >= 500 or answer.error == "":
            return answer, "later"
        if answer.error == "slow_down":
            # For this and all later requests (RFC 8628 section 3.5).
            session["interval"] = whole(session["interval"], DEFAULT_INTERVAL) + SLOW_DOWN_STEP
            return answer, "pending"
        if answer.error == "access_denied" and answer.status == 403:
            # The gateway's, not the person's, who is told with 400.
            return answer, "blocked"
        if self.is_over(answer):
            return answer, REFUSED
        meanings = {"authorization_pending": "pending", "access_denied": DENIED, "expired_token": EXPIRED}
        return answer, meanings.get(answer.error, "blocked")

    def is_over(self, answer):
        """Whether an answer of /token means that only a new sign-in helps. A client may be refused because it is locked;
        when its registration has ended, a new one is due."""
        ends_at = whole(self.state.client.get("expires_at"), 0)
        return answer.error == "invalid_grant" or (answer.error == "invalid_client" and 0 < ends_at <= now())

    def plan_poll(self, pause):
        """What is stored is rounded up, for now() leaves out the part of a second that has passed."""
        self.state.session["polled_at"] = now()
        self.state.session["next_poll_at"] = now() + pause + 1

    def pause_before_resuming(self):
        session = self.state.session
        if whole(session.get("polled_at"), 0) > now():
            # A clock that was set back must not stop the device for as long.
            return whole(session.get("interval"), DEFAULT_INTERVAL)
        return max(whole(session.get("next_poll_at"), 0) - now(), 0)

    def wait_for_approval(self, wait_until, is_resumed):
        """Polls until there is a token. None for a code of an earlier run that has ended."""
        session, failures, answer = self.state.session, 0, None
        pause = self.pause_before_resuming() if is_resumed else session["interval"]
        # By this clock the code has ended. It may have been approved before, and the clock may have been wrong.
        broker_decides = is_resumed and whole(session["expires_at"], 0) <= now()
        while True:
            if wait_until is not None and now() + pause > wait_until:
                if failures > 0:
                    raise Stop(OFFLINE, f"{answer.description} The code stays good: run ftb login again.")
                say("Waiting for approval. Run ftb login again to go on.")
                raise Stop(PENDING, "")
            time.sleep(pause)
            answer, outcome = self.poll()
            failures = failures + 1 if outcome == "later" else 0
            pause = pause_after(answer, whole(session["interval"], DEFAULT_INTERVAL), failures)
            self.plan_poll(pause)
            if isinstance(outcome, dict):
                return outcome
            if outcome in ("pending", "later"):
                self.go_on_waiting(answer, failures, broker_decides)
            elif outcome == "blocked":
                self.state.store_session()
                raise Stop(REFUSED, f"{answer.description} {registration_hint(answer)}".strip())
            else:
                self.state.drop_session()
                if is_resumed and outcome != DENIED:
                    return None
                raise Stop(outcome, answer.description)

    def go_on_waiting(self, answer, failures, broker_decides):
        """After a poll without a result: a code that has ended by this clock had its last look, unless nobody answered."""
        self.state.store_session()
        if failures == 1:
            warn(f"{answer.description} Trying again.")
        if now() < whole(self.state.session["expires_at"], 0):
            return
        if failures > 0:
            raise Stop(OFFLINE, f"{answer.description} Run ftb login again: the code is looked at once more.")
        if not broker_decides:
            self.state.drop_session()
            raise Stop(EXPIRED, "The code has expired before anybody approved. Run ftb login for a new one.")

    def finish_login(self, token):
        self.state.drop("credentials")
        self.state.store_token(token)
        self.state.drop_session()
        self.say_signed_in()

    def token_left(self):
        return whole(self.state.token.get("expires_at"), 0) - now()

    def say_signed_in(self):
        if self.state.token.get("release") == "credentials":
            handle = self.state.path("handle")
            say(f"Signed in. AWS SDKs get role credentials with the handle in {handle}, or by: ftb credentials")
        else:
            left = duration(max(self.token_left(), 0))
            say(f"Signed in. The access token in {self.state.path('token')} is good for {left}.")

    def keep_signed_in(self):
        """Whether the device is still signed in, after renewing what can be renewed. What has ended is deleted."""
        if not self.state.token.get("access_token"):
            return False
        return self.keep_handle() if self.state.token.get("release") == "credentials" else self.keep_token()

    def keep_handle(self):
        outcome, found = self.obtain_credentials()
        if outcome == "credentials":
            return True
        if outcome == "refused":
            # Of the client, of the role, or because the handle is not known any more: /token tells.
            refusal, found = found, self.refresh()
            if not self.is_over(found):
                raise Stop(REFUSED, refusal.description)
            outcome = "ended"
        if outcome == "ended":
            warn(found.description)
            self.state.drop_token()
            return False
        if self.token_left() <= 0:
            raise Stop(OFFLINE, found.description)
        warn(f"{found.description} Signed in as far as this device knows.")
        return True

    def refresh(self):
        refresh_token = self.state.token.get("refresh_token", "")
        return patiently(lambda: self.ask_token("refresh_token", "refresh_token", refresh_token))

    def keep_token(self):
        left = self.token_left()
        if left > RENEW_BEFORE_END:
            return True
        if not self.state.token.get("refresh_token"):
            if left <= 0:
                self.state.drop_token()
            return left > 0
        answer = self.refresh()
        token = self.token_of(answer, self.state.token)
        if token:
            self.state.store_token(token)
        elif self.is_over(answer):
            warn(answer.description)
            self.state.drop_token()
            return False
        elif left <= 0:
            raise give_up(answer)
        else:
            warn(f"{answer.description} The token is good for {duration(left)} more.")
        return True

    # Role credentials.

    def stored_credentials(self):
        found = self.state.read("credentials")
        return found, whole(found.get("expires_at"), 0) - now()

    def obtain_credentials(self):
        """The credentials that are stored, or new ones when those are about to end; the old ones as long as they last when
        the broker cannot be reached. Returns credentials, ended, refused or later, and the credentials or the answer."""
        found, left = self.stored_credentials()
        if left > RENEW_BEFORE_END:
            return "credentials", found
        headers = {"Authorization": self.state.token["access_token"]}
        answer = patiently(lambda: self.broker.call("GET", "/credentials", headers=headers), tries=2)
        members = answer.members
        if answer.status == 200 and members.get("AccessKeyId") and members.get("SecretAccessKey"):
            found = {
                "access_key_id": members["AccessKeyId"],
                "secret_access_key": members["SecretAccessKey"],
                "session_token": members.get("Token", ""),
                "expiration": members.get("Expiration", ""),
                "account_id": members.get("AccountId", ""),
                "expires_at": epoch_of_iso(str(members.get("Expiration", ""))),
            }
            self.state.store("credentials", found)
            return "credentials", found
        if members.get("code") == "SessionEnded":
            return "ended", answer
        if 400 <= answer.status < 500 and not is_transient(answer):
            return "refused", answer
        if left > 0:
            warn(f"{answer.description} These credentials are good for {duration(left)} more.")
            return "credentials", found
        return "later", answer

    def revoke_everything(self):
        """Returns the answer that refused, or None."""
        token = self.state.token.get("refresh_token") or self.state.token.get("access_token")
        for revoked in (self.state.session.get("device_code"), token):
            if not revoked or not self.state.client.get("client_id"):
                continue
            form = {"token": revoked, **self.client_form()}
            answer = patiently(lambda form=form: self.broker.call("POST", "/revoke", form))
            if answer.status != 200:
                return answer
        return None


def pause_after(answer, interval, failures):
    """Seconds until the next poll: never sooner than the interval and Retry-After, longer while there are no answers."""
    if failures > 0:
        pause = max(interval, min(interval * 2 ** min(failures - 1, 10), LONGEST_BACK_OFF))
        pause += random.randrange(pause // 2 + 1)
    else:
        pause = interval + random.randrange(interval // 5 + 1)
    return max(pause, answer.retry_after or 0)


# --- The commands ---------------------------------------------------------------------------------------------------


def login(options, arguments):
    wait_seconds = None
    if arguments and arguments[0] == "--wait":
        wait_seconds = whole(arguments[1] if len(arguments) > 1 else "", None)
        if wait_seconds is None:
            raise Stop(USAGE, "Say how many seconds: ftb login --wait 60")
        arguments = arguments[2:]
    refuse_arguments("login", arguments)
    device = Device(*options, needs_broker=True)
    wait_until = None if wait_seconds is None else now() + wait_seconds
    with locked(device.state):
        if device.keep_signed_in():
            device.say_signed_in()
            return OK
        if device.state.session.get("device_code"):
            device.show_session()
            token = device.wait_for_approval(wait_until, is_resumed=True)
            if token is not None:
                device.finish_login(token)
                return OK
            say("That code has ended. Starting again.")
        device.start_session()
        device.show_session()
        device.finish_login(device.wait_for_approval(wait_until, is_resumed=False))
    return OK


def register(options, arguments):
    force = arguments[:1] == ["--force"]
    refuse_arguments("register", arguments[1:] if force else arguments)
    device = Device(*options, needs_broker=True)
    with locked(device.state):
        if device.is_registered() and not force:
            say("This device is registered already. Go on with: ftb login")
            return OK
        device.require_enrollment_key()
        device.revoke_everything()
        device.register()
    return OK


def credentials(options, arguments):
    refuse_arguments("credentials", arguments)
    device = Device(*options, needs_broker=True)
    state = device.state
    if not state.token.get("access_token"):
        if state.session.get("device_code"):
            raise Stop(PENDING, "The sign-in of this device waits for approval. To see the link: ftb status")
        raise Stop(NOT_SIGNED_IN, "This device is not signed in. Run: ftb login")
    if state.token.get("release") != "credentials":
        text = f"This fleet gives its devices the access token (in {state.path('token')}), no role credentials. Use that, or ask an operator for a fleet with release: credentials."
        raise Stop(NO_CREDENTIALS, text)
    outcome, found = device.obtain_credentials()
    if outcome == "ended":
        raise Stop(EXPIRED, f"{found.description} Run: ftb login")
    if outcome != "credentials":
        raise Stop(REFUSED if outcome == "refused" else OFFLINE, found.description)
    document = {
        "Version": 1,
        "AccessKeyId": found["access_key_id"],
        "SecretAccessKey": found["secret_access_key"],
        "SessionToken": found["session_token"],
        "Expiration": found["expiration"],
    }
    if found["account_id"]:
        document["AccountId"] = found["account_id"]
    say(json.dumps(document, separators=(",", ":")))
    return OK


def logout(options, arguments):
    forget = arguments[:1] == ["--forget"]
    refuse_arguments("logout", arguments[1:] if forget else arguments)
    device = Device(*options, needs_broker=False)
    state = device.state
    if not os.path.isdir(state.folder):
        say("Nothing is stored.")
        return OK
    with locked(state):
        refusal = device.revoke_everything()
        if refusal is not None and is_transient(refusal):
            text = f"{refusal.description} Nothing was deleted, so that ftb logout can be run again."
            raise Stop(OFFLINE, text)
        state.drop_session()
        state.drop_token()
        state.remove(*state.leftovers("credentials"))
        if forget:
            state.drop("client")
        if refusal is not None:
            text = f"Everything was deleted here, but the broker revoked nothing: {refusal.description}"
            raise Stop(REFUSED, text)
        say("Signed out.")
    return OK


def status(options, arguments):
    as_json = arguments[:1] == ["--json"]
    refuse_arguments("status", arguments[1:] if as_json else arguments)
    device = Device(*options, needs_broker=False)
    state = device.state
    if state.token.get("access_token") and device.token_left() > 0:
        word, exit_status = "signed_in", OK
    elif state.session.get("device_code"):
        word, exit_status = "pending", PENDING
    elif state.token.get("access_token"):
        word, exit_status = "expired", EXPIRED
    else:
        word, exit_status = "registered" if state.client.get("client_id") else "not_enrolled", NOT_SIGNED_IN
    say(status_json(device, word) if as_json else status_text(device, word))
    if word == "pending" and not as_json:
        device.show_session()
    return exit_status


def left_of(values):
    return max(whole(values.get("expires_at"), 0) - now(), 0)


def status_text(device, word):
    state = device.state
    found = state.read("credentials")
    lines = [f"Broker: {device.api or 'not set'}", f"State folder: {state.folder}"]
    client_id = state.client.get("client_id")
    left = duration(left_of(state.client))
    lines.append(f"Registration: client {client_id}, {left} left" if client_id else "Registration: none")
    if word == "signed_in":
        lines.append(f"Sign-in: done, at most {duration(left_of(state.token))} left")
    elif word != "pending":
        lines.append(f"Sign-in: {'expired' if word == 'expired' else 'none'}; run ftb login")
    if left_of(found) > 0:
        account = f", account {found['account_id']}" if found.get("account_id") else ""
        lines.append(f"Credentials: stored, {duration(left_of(found))} left{account}")
    return "\n".join(lines)


def status_json(device, word):
    state = device.state
    found = state.read("credentials")
    session = {
        "userCode": state.session.get("user_code"),
        "verificationUri": state.session.get("verification_uri"),
        "verificationUriComplete": state.session.get("verification_uri_complete"),
        "secondsLeft": left_of(state.session),
    }
    kept = {
        "accountId": found.get("account_id"),
        "expiration": found.get("expiration"),
        "secondsLeft": left_of(found),
    }
    client = {"clientId": state.client.get("client_id"), "secondsLeft": left_of(state.client)}
    shown = {
        "state": word,
        "api": device.api,
        "stateDir": state.folder,
        "release": state.token.get("release"),
        "registration": client if state.client else None,
        "session": session if state.session else None,
        "token": {"secondsLeft": left_of(state.token)} if state.token else None,
        "credentials": kept if found else None,
    }
    return json.dumps(shown, separators=(",", ":"))


# --- The command line -----------------------------------------------------------------------------------------------


class locked:
    """Holds the lock of the state folder."""

    def __init__(self, state):
        self.state = state

    def __enter__(self):
        self.state.take_lock()

    def __exit__(self, *_):
        self.state.unlock()


def refuse_arguments(command, arguments):
    if arguments:
        raise Stop(USAGE, f"{command} does not know {arguments[0]}. See: ftb help")


def usage():
    return USAGE_TEXT.format(config=DEFAULT_CONFIG, state_dir=default_state_dir(), name=os.uname().nodename)


COMMANDS = {
    "login": login,
    "register": register,
    "credentials": credentials,
    "status": status,
    "logout": logout,
}


def run(arguments):
    config_option = state_dir_option = None
    while arguments and arguments[0] in ("--config", "--state-dir"):
        if len(arguments) < 2:
            raise Stop(USAGE, f"{arguments[0]} needs a value. See: ftb help")
        if arguments[0] == "--config":
            config_option = arguments[1]
        else:
            state_dir_option = arguments[1]
        arguments = arguments[2:]
    if not arguments:
        print(usage(), file=sys.stderr)
        return USAGE
    command, *rest = arguments
    if command in ("help", "--help", "-h"):
        say(usage())
        return OK
    if command in ("version", "--version"):
        say(f"ftb.py {VERSION}")
        return OK
    if command not in COMMANDS:
        raise Stop(USAGE, f"There is no command {command}. See: ftb help")
    return COMMANDS[command]((config_option, state_dir_option), rest)


def main():
    os.umask(0o077)
    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda received, _: sys.exit(128 + received))
    try:
        return run(sys.argv[1:])
    except Stop as stop:
        if str(stop):
            warn(str(stop))
        return stop.status


if __name__ == "__main__":
    sys.exit(main())
