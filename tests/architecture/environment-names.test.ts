import { describe, expect, test } from "vitest";
import { environmentVariables } from "../../lib/config/sources/environment-variables.ts";
import { errorCatalogue } from "../../lib/errors.ts";
import {
  childVariables,
  globalAgentVariables,
  noProxyVariables,
  proxyVariables,
} from "../../lib/protocol/environment.ts";
import { projectFiles } from "../support/project-files.ts";

const lib = projectFiles(["lib", "bin"], [".ts", "bin/launch"]);
const [example, guide] = projectFiles([".env.example", "docs/configuration.md"], [".env.example", ".md"]);

describe("names of environment variables", () => {
  test("that lib reads or sets stand in .env.example or in the operator's guide", () => {
    const documented = new Set(namesIn(`${example?.text}\n${guide?.text}`));
    expect(namesOfLib().filter((name) => !documented.has(name))).toEqual([]);
  });

  test("that the guide lists and .env.example offers are read or set by lib", () => {
    const known = new Set(namesOfLib());
    const section = /^## Environment variables\n(.*?)^## /ms.exec(guide?.text ?? "")?.[1] ?? "";
    const cells = [...section.matchAll(/^\| (`[^|]+`) +\|/gm)].map(([, cell = ""]) => cell);
    const offered = [...(example?.text ?? "").matchAll(/^#([A-Z_]+)=/gm)].map(([, name = ""]) => name);
    const listed = [...cells.flatMap(namesIn), ...offered];
    expect(listed.length).toBeGreaterThan(20);
    expect(listed.filter((name) => !known.has(name))).toEqual([]);
  });
});

function namesIn(text: string): readonly string[] {
  return text.match(/\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*\b/g) ?? [];
}

/** The lists of lib, and every name that is looked up in an environment or stands alone as ours. */
function namesOfLib(): readonly string[] {
  const lists = [
    ...Object.keys(environmentVariables),
    ...Object.values(childVariables),
    ...proxyVariables,
    ...globalAgentVariables,
    ...noProxyVariables.map((name) => name.toUpperCase()),
  ];
  const used = lib.flatMap(({ text }) =>
    [
      ...text.matchAll(/\benv(?:ironment\(\))?(?:\["|\.)([A-Z][A-Z0-9_]*)\b/gi),
      ...text.matchAll(/operatorEnvironment\(\)\["(\w+)"\]/g),
      ...text.matchAll(/"((?:LAUNCH|GLOBAL_AGENT|XDG)_[A-Z0-9_]*[A-Z0-9])"/g),
    ].map(([, name = ""]) => name),
  );
  return [...new Set([...lists, ...used])].filter((name) => /^[A-Z]/.test(name) && !(name in errorCatalogue));
}
