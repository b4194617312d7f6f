/** Finds secrets in text, in the forms in which they get about. */

/** Something that must not be found, and what to call it when it is. */
export interface Needle {
  readonly value: string;
  readonly kind: string;
}

/** @returns what was found, as `<kind>` or `<kind> in <form>`; never the secret itself */
export function leaksIn(text: string, needles: readonly Needle[]): string[] {
  return needles.flatMap(({ value, kind }) =>
    Object.entries(formsOf(value))
      .filter(([, forms]) => forms.some((form) => text.includes(form)))
      .map(([name]) => (name === 'plain' ? kind : `${kind} in ${name}`)),
  );
}

function formsOf(secret: string): Readonly<Record<string, readonly string[]>> {
  const base64 = [0, 1, 2].map((offset) => base64At(secret, offset));
  const others = {
    'percent-encoding': [encodeURIComponent(secret)],
    hex: [Buffer.from(secret).toString('hex'), Buffer.from(secret).toString('hex').toUpperCase()],
    base64: [...base64, ...base64.map((form) => form.replaceAll('+', '-').replaceAll('/', '_'))],
  };
  const plain: Record<string, readonly string[]> = { plain: [secret] };
  // A form that changes nothing is the plain one.
  return Object.assign(
    plain,
    Object.fromEntries(Object.entries(others).map(([name, forms]) => [name, forms.filter((form) => form !== secret)])),
  );
}

/** The characters that base64 has for a text wherever it begins in a longer one: those at its ends depend on its neighbours. */
function base64At(secret: string, offset: number): string {
  const encoded = Buffer.from(' '.repeat(offset) + secret).toString('base64');
  const bits = 8 * (offset + Buffer.byteLength(secret));
  return encoded.slice(Math.ceil((8 * offset) / 6), Math.floor(bits / 6));
}
