import type { Fault } from '@sophia/core/gate/outcome';

import type { Http, HttpAnswer, HttpRequest } from './request.ts';

const REDIRECTS = new Set([301, 302, 303, 307, 308]);
/** As many as a check may take; browsers take 20, but a health endpoint has no reason to. */
const MOST_REDIRECTS = 5;

/** The last answer, and where it came from. */
export type Followed = { readonly answer: HttpAnswer; readonly url: URL } | { readonly fault: Fault };

/**
 * Sends a request and follows redirects of GET and HEAD. The request's own headers may carry credentials: they go to
 * the origin that they were written for and to no other, not even to another port or scheme of the same host.
 *
 * @param stop a status that is wanted as it is, though it redirects
 */
export async function followRedirects(
  http: Http,
  request: HttpRequest,
  stop: (status: number) => boolean,
): Promise<Followed> {
  let current = request;
  for (let hops = 0; ; hops += 1) {
    const result = await http(current);
    if ('fault' in result) return hops === 0 ? result : { fault: behindRedirect(result.fault, current.url) };
    const { answer } = result;
    const location = answer.headers['location'];
    const follows = REDIRECTS.has(answer.status) && ['GET', 'HEAD'].includes(current.method);
    if (!follows || location === undefined || stop(answer.status)) return { answer, url: current.url };
    if (hops === MOST_REDIRECTS) return { fault: tooMany };
    if (!URL.canParse(location, current.url.href)) return { fault: nowhere };
    const url = new URL(location, current.url);
    const headers = url.origin === request.url.origin ? request.headers : {};
    current = { ...request, url, headers };
  }
}

const behindRedirect = (fault: Fault, url: URL): Fault => ({
  ...fault,
  message: `redirected to ${url.origin}: ${fault.message}`,
});

const tooMany: Fault = {
  category: 'protocol',
  message: `more than ${MOST_REDIRECTS} redirects`,
  hint: 'let the check ask the address that they lead to',
};

const nowhere: Fault = {
  category: 'protocol',
  message: 'it redirects to something that is no URL',
  hint: 'correct the redirect of the service',
};
