/** Starts the page. */

import { render } from 'preact';
import { ApiProblem, read } from './api.ts';
import { App } from './app.tsx';
import { startClock } from './clock.ts';
import { startLive } from './live.ts';
import { Failed } from './parts/states.tsx';
import { startRouting } from './route.ts';
import type { ConsoleConfig } from './types.ts';

startRouting();
startClock();
startLive();
read<ConsoleConfig>('/config.json').then(
  (config) => render(<App config={config} />, document.body),
  (error: unknown) => {
    const problem =
      error instanceof ApiProblem ? error : new ApiProblem(0, 'page_failed', 'The console failed', String(error));
    render(<Failed problem={problem} />, document.body);
  },
);
