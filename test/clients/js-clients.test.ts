/** The clients that JavaScript has, and a second server to compare with, on one running broker. */

import './js/aws-sdk.ts';
import './js/openid-client.ts';
import './js/oidc-provider.ts';
