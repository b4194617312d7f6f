/**
 * Why the local run cannot start or cannot go on, as sentences for the person at the terminal: printed as they are,
 * one a line, without a stack.
 */
export class StartError extends Error {
  readonly sentences: readonly string[];

  constructor(...sentences: readonly string[]) {
    super(sentences.join('\n'));
    this.name = 'StartError';
    this.sentences = sentences;
  }
}
