/** What the local run uses of dynalite, which comes without types. */
declare module 'dynalite' {
  import type { Server } from 'node:http';

  interface DynaliteOptions {
    /** The folder of the LevelDB store; without it the tables are in memory. */
    readonly path?: string;
    /** How long a new table stays in the state CREATING, in milliseconds. */
    readonly createTableMs?: number;
  }

  const dynalite: (options?: DynaliteOptions) => Server;
  export default dynalite;
}
