const hidden = "[secret]";
const inspect = Symbol.for("nodejs.util.inspect.custom");

/** A text that no string, JSON or inspect form shows; `reveal` is lint-banned outside vault and relay. */
export class Secret {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  /** The text itself, for the line that hands it to the cipher or to the upstream. */
  reveal(): string {
    return this.#text;
  }

  /** Whether it has a form, which says nothing else of it. */
  matches(pattern: RegExp): boolean {
    return pattern.test(this.#text);
  }

  toString(): string {
    return hidden;
  }

  toJSON(): string {
    return hidden;
  }

  [inspect](): string {
    return hidden;
  }
}
