/** The table of settings for docs/configure.md: what each means from the props' docstrings, what to write from the schema. */
import type * as z from 'zod';
import { brokerSchema, fleetSchema, redeliverySchema, throttleSchema } from './config-schema.ts';
import { allowFromSchema, domainSchema, privateEndpointSchema, webAclSchema } from './network-schema.ts';

interface Section {
  /** What stands before the names of its settings. */
  readonly prefix: string;
  readonly schema: z.ZodObject;
  /** The interfaces of the props that describe them. */
  readonly interfaces: readonly string[];
}

/** The settings in order; each section follows the setting that it belongs to. */
const SECTIONS: readonly Section[] = [
  { prefix: '', schema: brokerSchema, interfaces: ['FleetTokenBrokerProps', 'BrokerStackProps'] },
  { prefix: 'fleets.<name>.', schema: fleetSchema, interfaces: ['FleetProps'] },
  { prefix: 'redelivery.', schema: redeliverySchema, interfaces: ['RedeliveryProps'] },
  { prefix: 'domain.', schema: domainSchema, interfaces: ['DomainProps'] },
  { prefix: 'webAcl.', schema: webAclSchema, interfaces: ['WebAclProps'] },
  { prefix: 'privateEndpoint.', schema: privateEndpointSchema, interfaces: ['PrivateEndpointProps'] },
  { prefix: 'allowFrom.', schema: allowFromSchema, interfaces: ['AllowFromProps'] },
  { prefix: 'throttle.', schema: throttleSchema, interfaces: ['ThrottleProps'] },
];

const HEADINGS = ['Setting', 'What it decides', 'What to write', 'Default'];

/** A property as its interface declares it. */
interface Declared {
  readonly description: string;
  readonly isOptional: boolean;
  /** What stands behind `@default`. */
  readonly defaultText: string | undefined;
}

const BEGIN = '<!-- settings: written by node bin/configure-docs.ts -->';
const END = '<!-- end of settings -->';

/**
 * A document with the table of settings, as it is now, between its two remarks.
 *
 * @param propsSource the text of lib/props.ts
 * @throws Error when the document has no place for it
 */
export function withSettingsTable(document: string, propsSource: string): string {
  const [before, rest] = document.split(BEGIN);
  const [, after] = rest?.split(END) ?? [];
  if (before === undefined || after === undefined) throw new Error(`the document needs ${BEGIN} and ${END}`);
  return `${before}${BEGIN}\n\n${settingsTable(propsSource)}\n\n${END}${after}`;
}

/**
 * The table, as Markdown.
 *
 * @param propsSource the text of lib/props.ts
 * @throws Error when props and schema do not tell of the same settings and the same defaults
 */
export function settingsTable(propsSource: string): string {
  const rowsOf = ({ prefix, schema, interfaces }: Section): string[][] => {
    const declared = new Map(interfaces.flatMap((name) => declaredIn(propsSource, name)));
    const undescribed = [...declared.keys()].filter((key) => !(key in schema.shape));
    if (undescribed.length > 0) throw new Error(`props that the schema does not know: ${undescribed.join(', ')}`);
    return Object.entries(schema.shape).flatMap(([key, field]) => {
      const property = declared.get(key);
      if (property === undefined) throw new Error(`${prefix}${key} has no docstring in props.ts`);
      checkDefault(`${prefix}${key}`, property, field as z.ZodType);
      const row = [`\`${prefix}${key}\``, property.description, whatToWrite(field as z.ZodType), defaultCell(property)];
      const inner = prefix === '' ? SECTIONS.find((section) => section.prefix.split('.')[0] === key) : undefined;
      return [row, ...(inner === undefined ? [] : rowsOf(inner))];
    });
  };
  const [whole] = SECTIONS;
  return whole === undefined ? '' : aligned([HEADINGS, ...rowsOf(whole)]);
}

function declaredIn(source: string, interfaceName: string): [string, Declared][] {
  const body = new RegExp(`export interface ${interfaceName}\\b[^{]*\\{\\n([\\s\\S]*?)\\n\\}`).exec(source)?.[1];
  if (body === undefined) throw new Error(`props.ts has no interface ${interfaceName}`);
  return [...body.matchAll(/\/\*\*([\s\S]*?)\*\/\s*readonly (\w+)(\??):/g)].map(
    ([, comment = '', name = '', optional]) => {
      const [description = '', defaultText] = comment
        .split('\n')
        .map((line) => line.replace(/^\s*\*? ?/, '').trim())
        .join(' ')
        .split('@default');
      return [
        name,
        { description: description.trim(), isOptional: optional === '?', defaultText: defaultText?.trim() },
      ];
    },
  );
}

/** The advice that is printed for a wrong value, as a phrase. */
function whatToWrite(field: z.ZodType): string {
  const advice = field.safeParse(Symbol('wrong')).error?.issues[0]?.message ?? '';
  return advice.replace(/^write /, '').replace(/, or leave it out$/, '');
}

/** A default that docstrings give as a value must be the schema's: whoever reads the one gets the other. */
function checkDefault(name: string, { isOptional, defaultText }: Declared, field: z.ZodType): void {
  const { success, data } = field.safeParse(undefined);
  if (success !== isOptional) throw new Error(`${name} is optional in one of props and schema only`);
  const value = literal(defaultText);
  if (value !== undefined && JSON.stringify(field.parse(value)) !== JSON.stringify(data)) {
    throw new Error(`${name} has another default in props.ts than in the schema`);
  }
}

/** The value of a default that is one, undefined for one that is told in words. */
function literal(defaultText: string | undefined): unknown {
  if (defaultText === undefined || defaultText.startsWith('-')) return undefined;
  return JSON.parse(defaultText.replace(/^'(.*)'$/, '"$1"'));
}

function defaultCell({ isOptional, defaultText }: Declared): string {
  if (!isOptional) return 'needed';
  const value = literal(defaultText);
  return value === undefined ? (defaultText ?? '').replace(/^-\s*/, '') : `\`${JSON.stringify(value)}\``;
}

/** Rows as a Markdown table whose columns are aligned, as formatters leave them. */
function aligned(rows: readonly string[][]): string {
  const cells = rows.map((row) => row.map((cell) => cell.replaceAll('|', '\\|')));
  const widths = HEADINGS.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]) =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  const [head = [], ...body] = cells;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...body.map(line)].join('\n');
}
