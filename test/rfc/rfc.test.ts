/** RFC 8628, 6749, 7591, 7009, 8414 and 9700, requirement by requirement, on one running broker; see docs/rfc-8628.md. */

import './suites/device-authorization.ts';
import './suites/device-token.ts';
import './suites/refresh-and-revocation.ts';
import './suites/registration-and-metadata.ts';
