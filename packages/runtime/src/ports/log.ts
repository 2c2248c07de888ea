/** Lines for people. Every sink redacts and makes workflow commands in foreign text harmless. */
export interface Log {
  debug(message: string): void;
  info(message: string): void;
  warning(message: string): void;
  error(message: string): void;
}
