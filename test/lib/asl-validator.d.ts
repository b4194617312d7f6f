/** asl-validator ships no types. */
declare module 'asl-validator' {
  export default function aslValidator(definition: object): { readonly isValid: boolean; readonly errors: unknown[] };
}
