/** Every operation of the ops API: the routes of the function, of the gateway and of the API's own description. */
export const OPERATIONS = {
  listSessions: { method: 'GET', path: '/sessions' },
  getSession: { method: 'GET', path: '/sessions/{sessionId}' },
  cancelSession: { method: 'POST', path: '/sessions/{sessionId}/cancel' },
  getSummary: { method: 'GET', path: '/summary' },
  listClients: { method: 'GET', path: '/clients' },
  getClient: { method: 'GET', path: '/clients/{clientId}' },
  lockClient: { method: 'POST', path: '/clients/{clientId}/lock' },
  unlockClient: { method: 'POST', path: '/clients/{clientId}/unlock' },
  setClientRole: { method: 'POST', path: '/clients/{clientId}/role' },
  revokeClient: { method: 'POST', path: '/clients/{clientId}/revoke' },
  listEnrollmentKeys: { method: 'GET', path: '/enrollment-keys' },
  createEnrollmentKey: { method: 'POST', path: '/enrollment-keys' },
  getEnrollmentKey: { method: 'GET', path: '/enrollment-keys/{enrollmentKeyId}' },
  revokeEnrollmentKey: { method: 'POST', path: '/enrollment-keys/{enrollmentKeyId}/revoke' },
  getDescription: { method: 'GET', path: '/openapi.json' },
} as const satisfies Record<string, { method: 'GET' | 'POST'; path: string }>;

/** An operation's name (OpenAPI's `operationId`). */
export type OperationId = keyof typeof OPERATIONS;
