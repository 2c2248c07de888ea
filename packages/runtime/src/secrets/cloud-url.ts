import { SophiaError } from '@sophia/core/errors';

/** Pulumi Cloud itself. */
const DEFAULT_CLOUD_URL = 'https://api.pulumi.com';

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

const refuse = (source: string, message: string, hint: string) =>
  new SophiaError('usage', { message: `${source}: ${message}`, hint });

/**
 * Reads the URL of a backend; port and path are kept, a `/` at its end is dropped.
 *
 * @param source whence it comes, for messages
 * @throws SophiaError `usage` for anything over which a token must not travel
 */
function parseCloudUrl(text: string, source: string): string {
  const shape = 'expected a URL such as https://api.pulumi.com';
  // The text may hold credentials: it is not shown.
  if (!URL.canParse(text)) throw refuse(source, 'this is no URL', shape);
  const url = new URL(text);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    const hint =
      'ESC needs Pulumi Cloud: set the input `cloud-url`, or unset PULUMI_BACKEND_URL (a state backend is none)';
    throw refuse(source, `a backend of the kind ${url.protocol}// has no ESC`, hint);
  }
  if (url.username !== '' || url.password !== '') {
    throw refuse(source, 'credentials in the URL are refused', 'give the token in `access-token`');
  }
  if (url.search !== '' || url.hash !== '')
    throw refuse(source, 'a query or fragment has no place here', shape);
  if (url.protocol === 'http:' && !LOOPBACK.test(url.hostname)) {
    throw refuse(
      source,
      'http:// is refused: the token would travel in the clear',
      'write https://; only this machine itself (127.0.0.1, localhost) may be asked over http://',
    );
  }
  return `${url.origin}${url.pathname.replace(/\/+$/, '')}`;
}

/** @returns the backend: of the input, of PULUMI_BACKEND_URL, or Pulumi Cloud itself. */
export function chooseCloudUrl(input: string, variable: string | undefined): string {
  if (input !== '') return parseCloudUrl(input, 'input "cloud-url"');
  if (variable !== undefined && variable !== '') return parseCloudUrl(variable, 'PULUMI_BACKEND_URL');
  return DEFAULT_CLOUD_URL;
}
