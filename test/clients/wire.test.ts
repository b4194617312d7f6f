/** The SSO OIDC dialect on the wire: operations, errors and polling, on one running broker. */

import './wire/operations.ts';
import './wire/errors.ts';
import './wire/polling.ts';
