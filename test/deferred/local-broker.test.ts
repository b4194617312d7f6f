import { sdkSuite } from '../credentials/sdk-suite.ts';
import { tableSuite } from '../credentials/table-suite.ts';
import { tokensSuite } from '../credentials/tokens-suite.ts';
import { useRunningBroker } from '../support/running-broker.ts';
import { deferredSuite } from './wire-suite.ts';

// A start takes seconds, so these suites share one; the first sees that nothing was asked of AWS before a person came.
const running = useRunningBroker();
deferredSuite(running);
sdkSuite(running);
tokensSuite(running);
tableSuite(running);
