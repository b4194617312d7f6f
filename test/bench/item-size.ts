/**
 * How large DynamoDB thinks an item is: names and strings in UTF-8, a number half a byte a digit and one more.
 *
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
 */
export function itemBytes(item: Readonly<Record<string, unknown>>): number {
  const known = measured.get(item);
  if (known !== undefined) return known;
  let bytes = 0;
  for (const name in item) if (item[name] !== undefined) bytes += name.length + valueBytes(item[name]);
  measured.set(item, bytes);
  return bytes;
}

/** Items in the table are never changed, only replaced: each is measured once. */
const measured = new WeakMap<object, number>();

function valueBytes(value: unknown): number {
  switch (typeof value) {
    case 'string':
      return Buffer.byteLength(value);
    case 'number':
      return Math.ceil(String(Math.abs(value)).replace('.', '').length / 2) + 1 + (value < 0 ? 1 : 0);
    case 'boolean':
      return 1;
    default:
      if (value === null) return 1;
      if (Array.isArray(value)) return 3 + value.reduce<number>((sum, member) => sum + 1 + valueBytes(member), 0);
      return (
        3 +
        Object.entries(value as object).reduce((sum, [name, member]) => sum + 1 + name.length + valueBytes(member), 0)
      );
  }
}

/** Write request units of an item: one for each KB begun. */
export const writeUnitsOf = (bytes: number): number => Math.max(1, Math.ceil(bytes / 1024));

/** Read request units of a strongly consistent read: one for each 4 KB begun; an item that is not there costs one too. */
export const readUnitsOf = (bytes: number): number => Math.max(1, Math.ceil(bytes / 4096));
