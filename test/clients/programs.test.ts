/** Programs of this machine and the examples of docs/clients.md, on one running broker. */

import './programs/aws-cli.ts';
import './programs/boto3.ts';
import './programs/docs.ts';
import './programs/enroll.ts';
import './programs/refresh-together.ts';
