import { SaxesParser } from 'saxes';

/** An element's name without its prefix, and its attributes. */
export interface XmlTag {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
}

/** What a reader of XML is told, in document order. */
export interface XmlEvents {
  open(tag: XmlTag): void;
  text(text: string): void;
  close(name: string): void;
}

/**
 * Walks XML. Entities that a document declares are not expanded, so there is no bomb to defuse: saxes rejects them.
 *
 * @throws Error with line and column of the first mistake
 */
export function walkXml(source: string, events: XmlEvents): void {
  const parser = new SaxesParser<{ xmlns: false }>({ xmlns: false });
  parser.on('error', (error) => {
    throw error;
  });
  parser.on('opentag', (tag) => events.open({ name: tag.name, attributes: tag.attributes }));
  parser.on('text', (text) => events.text(text));
  parser.on('cdata', (text) => events.text(text));
  parser.on('closetag', (tag) => events.close(tag.name));
  parser.write(source).close();
}

const ROOT = /<([A-Za-z_][\w:.-]*)/;
const PROLOG = /<\?[\s\S]*?\?>|<!--[\s\S]*?-->|<!DOCTYPE[^>[]*(?:\[[^\]]*\])?[^>]*>/g;
/** The root is at the start of a document, behind its prolog. */
const HEAD_LENGTH = 4_096;

/** @returns the name of the root element, or an empty string. */
export function rootElement(source: string): string {
  return ROOT.exec(source.slice(0, HEAD_LENGTH).replace(PROLOG, ''))?.[1] ?? '';
}

/** @returns a count or time of an attribute; thousands may be separated by commas (surefire writes `1,234.5`). */
export function numberOf(value: string | undefined): number {
  const number = Number((value ?? '').replace(/,/g, ''));
  return Number.isFinite(number) && number > 0 ? number : 0;
}
