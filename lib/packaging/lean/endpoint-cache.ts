/**
 * Stands in for the cache of discovered endpoints, which the DynamoDB client makes and never uses: endpoint discovery is
 * off unless a client asks for it, and the cache brings a library of data structures along.
 */
export class EndpointCache {}
