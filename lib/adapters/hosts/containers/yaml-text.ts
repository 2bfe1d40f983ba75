import { type Document, isMap, isScalar, parseDocument, stringify } from "yaml";

/** What is said above a key, by its path from the top. */
export type Comments = readonly (readonly [path: readonly (string | number)[], text: string])[];

/**
 * The value as YAML, with comments. Every text is quoted and every key that an older reader would take for something else, because
 * Kubernetes reads YAML 1.1, where `on` is a truth and `1e3` a number.
 */
export function yamlText(value: unknown, comments: Comments = []): string {
  const text = stringify(value, {
    schema: "yaml-1.1",
    defaultStringType: "QUOTE_DOUBLE",
    defaultKeyType: "PLAIN",
    lineWidth: 0,
    aliasDuplicateObjects: false,
  });
  if (comments.length === 0) return text;
  const document = parseDocument(text);
  for (const [path, comment] of comments) say(document, path, comment);
  return document.toString({ lineWidth: 0 });
}

function say(document: Document.Parsed, path: readonly (string | number)[], text: string): void {
  const parent = path.length === 1 ? document.contents : document.getIn(path.slice(0, -1), true);
  if (!isMap(parent)) return;
  const pair = parent.items.find(({ key }) => isScalar(key) && key.value === path.at(-1));
  if (pair !== undefined && isScalar(pair.key)) pair.key.commentBefore = ` ${text}`;
}
