import { SophiaError } from '@sophia/core/errors';

/** An environment of Pulumi ESC; `version` is a revision's number or a tag, absent for the latest. */
export interface EscReference {
  readonly organization: string;
  readonly project: string;
  readonly name: string;
  readonly version?: string;
}

/** Names as Pulumi Cloud allows them: letters, digits, `-`, `_` and `.`. */
const REFERENCE = /^([\w.-]+)\/([\w.-]+)\/([\w.-]+)(?:@([\w.-]+))?$/;
const DOTS = /^\.+$/;

/**
 * Reads `organisation/project/name[@version or tag]`.
 *
 * @throws SophiaError `configuration` that shows the form
 */
export function parseEscReference(text: string): EscReference {
  const [, organization = '', project = '', name = '', version] = REFERENCE.exec(text.trim()) ?? [];
  const parts = [organization, project, name, ...(version === undefined ? [] : [version])];
  // A segment of dots would climb out of its place in the URL.
  if (parts.some((part) => part === '' || DOTS.test(part))) {
    throw new SophiaError('configuration', {
      message: `${JSON.stringify(text)} is no ESC environment`,
      hint: 'write organisation/project/name, with @version or @tag at the end if wanted, such as acme/default/app-production@stable',
    });
  }
  return { organization, project, name, ...(version === undefined ? {} : { version }) };
}

/** @returns the reference as it is written. */
export const renderEscReference = ({ organization, project, name, version }: EscReference) =>
  `${organization}/${project}/${name}${version === undefined ? '' : `@${version}`}`;

/** The names by which the trace of a value may mean this environment itself. */
export const ownNames = ({ organization, project, name }: EscReference): ReadonlySet<string> =>
  new Set([name, `${project}/${name}`, `${organization}/${project}/${name}`]);
