/**
 * The runner's protocol of workflow commands. `@actions/core` writes the same, but importing it costs more time than
 * an action needs to refuse bad input (docs/decisions/0002-runner-protocol.md); a test compares the two.
 */
export function commandLine(
  command: string,
  properties: Readonly<Record<string, string>>,
  message: string,
): string {
  const list = Object.entries(properties)
    .filter(([, value]) => value !== '')
    .map(([name, value]) => `${name}=${escapeProperty(value)}`);
  return `::${command}${list.length > 0 ? ` ${list.join(',')}` : ''}::${escapeData(message)}`;
}

const escapeData = (text: string) => text.replace(/%/g, '%25').replace(/\r/g, '%0D').replace(/\n/g, '%0A');
const escapeProperty = (text: string) => escapeData(text).replace(/:/g, '%3A').replace(/,/g, '%2C');

/**
 * Makes foreign text harmless in a log that the runner reads: no line of it is a workflow command, in the present
 * form (`::name::`, at the start of a line) or the old one (`##[name]`, anywhere).
 */
export function inert(text: string): string {
  return text
    .replace(/\r\n?/g, '\n')
    .replace(/^([^\S\n]*)::/gm, '$1> ::')
    .replace(/##(?=\[)/g, '# #');
}

/** An entry of an environment file; the delimiter is new each time, so that no value can end it early. */
export function fileEntry(name: string, value: string, unique: string): string {
  const delimiter = `sophia_${unique}`;
  return `${name}<<${delimiter}\n${value}\n${delimiter}\n`;
}
