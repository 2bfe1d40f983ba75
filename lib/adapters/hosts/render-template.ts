import { InternalError } from "../../errors.ts";

/** Puts values into a text with {{names}}, in one pass: what a value contains is never read as a name. */
export function renderTemplate(template: string, values: Readonly<Record<string, string>>): string {
  const used = new Set<string>();
  const text = template.replaceAll(/\{\{(\w+)\}\}/g, (_, name: string) => {
    used.add(name);
    const value = Object.hasOwn(values, name) ? values[name] : undefined;
    if (value === undefined) throw new InternalError("template-name", `The template names {{${name}}}.`);
    return value;
  });
  const unused = Object.keys(values).filter((name) => !used.has(name));
  if (unused.length > 0)
    throw new InternalError("template-value", `The template does not name ${unused.join(", ")}.`);
  return text;
}
