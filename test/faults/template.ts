import { type LocalApp, readTemplate } from '../../local/template.ts';
import { brokerTemplate } from '../support/synth.ts';

let app: LocalApp | undefined;

/** What the deployed template says of functions, stream and state machine; synthesized once. */
export function deployedApp(): LocalApp {
  app ??= readTemplate(brokerTemplate().toJSON() as Parameters<typeof readTemplate>[0], () => '');
  return app;
}

/** How long a function may take, milliseconds. */
export function timeoutMsOf(label: string): number {
  const found = deployedApp().functions.find((it) => it.label === label);
  if (found === undefined) throw new Error(`the template has no function ${label}`);
  return found.timeoutSeconds * 1000;
}
