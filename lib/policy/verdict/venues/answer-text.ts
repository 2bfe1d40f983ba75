import { parseJson } from "../../../domain/text/json-object.ts";

/** How much of a body is looked at. */
const mostLetters = 2_048;

/** A body, or the part of a printed line that tells of one, as rules look at it. */
export class AnswerText {
  readonly text: string;
  #json: unknown;
  #isParsed = false;

  constructor(body: string | undefined) {
    this.text = (body ?? "").slice(0, mostLetters);
  }

  /** The codes at these JSON pointers, as text. */
  codesAt(pointers: readonly string[]): readonly string[] {
    if (this.text === "") return [];
    const json = this.#parsed();
    if (json !== undefined) return pointers.flatMap((pointer) => scalarAt(json, pointer));
    return pointers.flatMap((pointer) => this.#scan(pointer));
  }

  // A printed answer has words around it.
  #parsed(): unknown {
    if (this.#isParsed) return this.#json;
    this.#isParsed = true;
    const start = this.text.indexOf("{");
    const end = this.text.lastIndexOf("}");
    this.#json = start === -1 || end < start ? undefined : parseJson(this.text.slice(start, end + 1));
    return this.#json;
  }

  // What is cut off, written by Python or printed inside other JSON cannot be parsed, and still says its code by the key's name.
  #scan(pointer: string): readonly string[] {
    const key = keyOf(pointer);
    if (key === undefined) return [];
    const found = new RegExp(`["']${key}\\\\?["']\\s{0,4}:\\s{0,4}\\\\?["']?(-?[\\w:-]{1,40})`).exec(
      this.text,
    );
    return found?.[1] === undefined ? [] : [found[1]];
  }
}

function keyOf(pointer: string): string | undefined {
  const key = pointer.slice(pointer.lastIndexOf("/") + 1);
  return /^[A-Za-z_]\w*$/.test(key) ? key : undefined;
}

function scalarAt(json: unknown, pointer: string): readonly string[] {
  let value = json;
  for (const part of pointer.split("/").slice(1)) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, part)) return [];
    value = (value as Record<string, unknown>)[part];
  }
  return typeof value === "string" || typeof value === "number" ? [String(value)] : [];
}
