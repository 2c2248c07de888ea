/** A page of headless Chromium, by DevTools commands. */
export interface Page {
  send(method: string, params?: Readonly<Record<string, unknown>>): Promise<Record<string, unknown>>;
  once(method: string): Promise<unknown>;
}
export interface Look {
  readonly url: string;
  readonly width: number;
  readonly scheme: 'light' | 'dark';
  readonly scale?: number;
}
export function findChromium(): string | undefined;
export function withPage<T>(
  use: (page: Page) => Promise<T>,
  env?: Readonly<Record<string, string>>,
): Promise<T>;
export function open(page: Page, look: Look): Promise<void>;
export function capture(
  page: Page,
  size: { readonly width: number; readonly maxHeight?: number },
): Promise<Buffer>;
export function evaluate(page: Page, expression: string): Promise<unknown>;
