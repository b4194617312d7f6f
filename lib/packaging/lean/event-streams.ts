/** Stands in for the AWS SDK's event streams: none of the operations that the broker calls has one. */

/** Tells whoever adds such an operation why it does not work. */
export class EventStreamSerde {
  constructor() {
    throw new Error('Event streams are left out of the bundles: see lib/packaging/handlers.ts.');
  }
}

/** Asked for, and given to the class above, before that is made. */
export const eventStreamSerdeProvider = undefined;
