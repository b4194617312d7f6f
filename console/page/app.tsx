/** The frame of the page: where one can go, how the connection is, and the screen. */

import { useEffect, useRef } from 'preact/hooks';
import { count } from './format.ts';
import { summary } from './live.ts';
import { ConnectionBanner, ConnectionStatus } from './parts/connection-status.tsx';
import { countIn } from './parts/filters.tsx';
import { Notices } from './parts/notices.tsx';
import { Empty } from './parts/states.tsx';
import { href, type Route, useRoute } from './route.ts';
import { ClientScreen } from './screens/client-detail.tsx';
import { ClientsScreen } from './screens/clients.tsx';
import { EnrollmentKeysScreen } from './screens/enrollment-keys.tsx';
import { OverviewScreen } from './screens/overview.tsx';
import { SessionScreen } from './screens/session-detail.tsx';
import { SessionsScreen } from './screens/sessions.tsx';
import { WaitingScreen } from './screens/waiting.tsx';
import { useStore } from './store.ts';
import type { ConsoleConfig } from './types.ts';
import { WAITING_PHASES } from './words.ts';

const PLACES = {
  overview: 'Overview',
  waiting: 'Waiting',
  sessions: 'Sessions',
  clients: 'Clients',
  'enrollment-keys': 'Enrollment keys',
} as const;

/** The whole page. */
export function App({ config }: { config: ConsoleConfig }) {
  const route = useRoute();
  const waiting = countIn(useStore(summary), WAITING_PHASES);
  const main = useRef<HTMLElement>(null);
  const place = route.path.join('/');

  const title = PLACES[route.path[0] as keyof typeof PLACES] ?? 'Not found';
  useEffect(() => {
    document.title = `${waiting > 0 ? `(${waiting}) ` : ''}${title} · Fleet Token Broker`;
  }, [title, waiting]);
  const isFirst = useRef(true);
  useEffect(() => {
    if (isFirst.current) isFirst.current = false;
    else main.current?.focus();
    window.scrollTo(0, 0);
  }, [place]);

  return (
    <>
      <button type="button" class="skip" onClick={() => main.current?.focus()}>
        Skip to the content
      </button>
      <Header here={route.path[0] ?? ''} waiting={waiting} config={config} />
      <ConnectionBanner />
      <main id="main" ref={main} tabIndex={-1}>
        <Screen route={route} config={config} />
      </main>
      <Notices />
    </>
  );
}

interface HeaderProps {
  readonly here: string;
  readonly waiting: number;
  readonly config: ConsoleConfig;
}

function Header({ here, waiting, config }: HeaderProps) {
  return (
    <header class="top">
      <a class="brand" href={href(['overview'])}>
        <img src="/icon.svg" alt="" width={24} height={24} />
        <span>Fleet Token Broker</span>
      </a>
      <nav aria-label="Screens">
        {Object.entries(PLACES).map(([name, label]) => (
          <a key={name} href={href([name])} {...(here === name && { 'aria-current': 'page' })}>
            {label}
            {name === 'waiting' && waiting > 0 && <span class="pill">{count(waiting)}</span>}
          </a>
        ))}
      </nav>
      <div class="where">
        <span class="identity" title={`${config.api} (${config.region})`}>
          {new URL(config.api).host}
          {config.identity !== null && <> as {config.identity}</>}
        </span>
        <ConnectionStatus />
      </div>
    </header>
  );
}

function Screen({ route: { path }, config }: { route: Route; config: ConsoleConfig }) {
  const [place, id] = path;
  switch (place) {
    case 'overview':
      return <OverviewScreen config={config} />;
    case 'waiting':
      return <WaitingScreen />;
    case 'sessions':
      return id === undefined ? <SessionsScreen /> : <SessionScreen key={id} sessionId={id} config={config} />;
    case 'clients':
      return id === undefined ? <ClientsScreen /> : <ClientScreen key={id} clientId={id} />;
    case 'enrollment-keys':
      return <EnrollmentKeysScreen config={config} />;
    default:
      return (
        <Empty icon="search" title="There is no such screen">
          Start with the <a href={href(['overview'])}>overview</a>.
        </Empty>
      );
  }
}
