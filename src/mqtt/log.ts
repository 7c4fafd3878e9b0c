/** The part of our log the broker uses. */
export interface Log {
  debug(details: object, message: string): void;
  warn(details: object, message: string): void;
  error(details: object, message: string): void;
}
