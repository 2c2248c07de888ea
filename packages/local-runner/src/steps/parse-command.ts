/** A workflow command in a line of output: `::name key=value::data`, or `##[name key=value]data`. */
export interface WorkflowCommand {
  readonly name: string;
  readonly properties: Readonly<Record<string, string>>;
  readonly data: string;
}

/** Unescapes in the runner's order: `%` comes last. */
function unescape(text: string, extra: Readonly<Record<string, string>>): string {
  let result = text.replaceAll('%0D', '\r').replaceAll('%0A', '\n');
  for (const [from, to] of Object.entries(extra)) result = result.replaceAll(from, to);
  return result.replaceAll('%25', '%');
}

function parseProperties(
  text: string,
  separator: string,
  extra: Record<string, string>,
): Record<string, string> {
  const pairs = text.split(separator).flatMap((property) => {
    const equals = property.indexOf('=');
    const [key, value] = [property.slice(0, equals), property.slice(equals + 1)];
    return equals > 0 && value !== '' ? [[key.trim().toLowerCase(), unescape(value, extra)]] : [];
  });
  return Object.fromEntries(pairs);
}

function splitInfo(info: string): [name: string, properties: string] {
  const space = info.indexOf(' ');
  return space < 0 ? [info, ''] : [info.slice(0, space), info.slice(space + 1).trim()];
}

function parseColons(line: string, isCommand: (name: string) => boolean): WorkflowCommand | undefined {
  const text = line.trimStart();
  if (!text.startsWith('::')) return undefined;
  const end = text.indexOf('::', 2);
  if (end < 0) return undefined;
  const [name, properties] = splitInfo(text.slice(2, end));
  if (!isCommand(name)) return undefined;
  return {
    name: name.toLowerCase(),
    properties: parseProperties(properties, ',', { '%3A': ':', '%2C': ',' }),
    data: unescape(text.slice(end + 2), {}),
  };
}

function parseBrackets(line: string, isCommand: (name: string) => boolean): WorkflowCommand | undefined {
  const start = line.indexOf('##[');
  const end = line.indexOf(']', start);
  if (start < 0 || end < 0) return undefined;
  const [name, properties] = splitInfo(line.slice(start + 3, end));
  if (!isCommand(name)) return undefined;
  const extra = { '%3B': ';', '%5D': ']' };
  return {
    name: name.toLowerCase(),
    properties: parseProperties(properties, ';', extra),
    data: unescape(line.slice(end + 1), extra),
  };
}

/**
 * Reads a command as the runner's ActionCommand does: leading space is allowed before `::`, anything before
 * `##[`, and a name that is no command leaves the line as it is.
 */
export function parseCommand(
  line: string,
  isCommand: (name: string) => boolean,
): WorkflowCommand | undefined {
  return parseColons(line, isCommand) ?? parseBrackets(line, isCommand);
}
