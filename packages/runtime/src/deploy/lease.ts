/** A holder of the lock that gave no sign of life for the deployment's whole timeout and this much more is dead. */
export const LEASE_MARGIN_MS = 5 * 60_000;
