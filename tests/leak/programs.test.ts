import { describe, expect, test } from "vitest";
import { story, useLeakLab } from "./lab/use-leak-lab.ts";
import { builtClients, type Language, languages } from "./programs/build-program.ts";

const here = useLeakLab();

describe.each(languages)("$name", (language) => {
  const clients = builtClients(language);

  test(`${language.name}: without protection every way out is seen`, async (context) => {
    if (clients === undefined) return context.skip(notProven(language));
    const rows = await here.search({ tier: "direct", clients });
    expect(story(rows.filter(({ verdict }) => verdict !== "LEAK"))).toBe("");
    expect(rows).toHaveLength(clients.length);
  });

  test(`${language.name}: in the kernel tier nothing gets past the proxy`, async (context) => {
    if (clients === undefined) return context.skip(notProven(language));
    const rows = await here.search({ tier: "kernel", clients });
    const wanted = Object.entries(language.ways).map(
      ([way, verdict]) => `${language.name}: ${way} ${verdict}`,
    );
    expect(rows.map(({ client, verdict }) => `${client} ${verdict}`)).toEqual(wanted);
  });
});

function notProven({ name, compiler, isInCi }: Language): string {
  const why = `NOT TESTED: nothing is proven about ${name}, for there is no ${compiler[0]} here.`;
  process.stderr.write(`${why}\n`);
  if (isInCi && process.env["CI"] === "true") throw new Error(why);
  return why;
}
