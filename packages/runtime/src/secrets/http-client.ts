import type { EscRawApi } from '@pulumi/esc-sdk';

/** An instance of axios, by the types of the build that the SDK loads. */
export type HttpClient = NonNullable<ConstructorParameters<typeof EscRawApi>[2]>;
export type RequestOptions = NonNullable<Parameters<EscRawApi['openEnvironment']>[4]>;

/** What is read of an answer. */
export interface Response {
  readonly status: number;
  readonly headers: object;
  readonly data: unknown;
}

/**
 * @returns an instance of axios that nobody else configures. It is made from the build that the SDK loads too: the
 *   package's other build would be a second copy, in the bundle and at start. It reads HTTPS_PROXY and NO_PROXY itself.
 */
export async function createHttpClient(): Promise<HttpClient> {
  // @ts-expect-error -- this build has no types beside it; they are those of the package's root
  const loaded = (await import('axios/dist/node/axios.cjs')) as { default: { create(): HttpClient } };
  return loaded.default.create();
}
