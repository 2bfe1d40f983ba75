// The page is the test: what docs/quick-start.md tells a new user to type is run as it stands, with its own bot and launch.yaml.
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parse, stringify } from "yaml";
import { packageRoot } from "../../../lib/config/package-root.ts";
import type { Stage } from "../../lab/stage.ts";
import { e2eStage, ok, proxyOf, seenAtVenue } from "../../support/e2e-stage.ts";

const names = ["alice", "bob", "carol", "dave", "erin"];
const labels = Array.from({ length: 10 }, (_, index) => `p-${index + 1}`);

let stage: Stage;
let page: string;

beforeAll(async () => {
  page = await readFile(join(packageRoot(), "docs/quick-start.md"), "utf8");
  stage = await e2eStage({
    proxies: Object.fromEntries(
      labels.map((label, index) => [label, index % 2 === 0 ? "http" : "socks5"] as const),
    ),
    yaml: ({ venuePort, folder }) => desk(venuePort, folder),
  });
  await writeFile(join(stage.folder, "bot.py"), block("python"));
  await writeFile(join(stage.folder, "proxies.txt"), labels.map(lineOf).join("\n"));
});
afterAll(async () => {
  await stage.launch(["down"]);
  await stage.close();
});

/** The first block of that language. */
function block(language: string): string {
  const found = new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, "ms").exec(page)?.[1];
  if (found === undefined) throw new Error(`The page has no ${language}.`);
  return found;
}

/** The page's launch.yaml, with what the lab needs beside it: a venue on a port of its own, whose authority nobody else knows. */
function desk(venuePort: number, folder: string): string {
  const { bots } = parse(block("yaml")) as { bots: Record<string, object> };
  const env = { VENUE_URL: `https://venue.test:${venuePort}/time`, SSL_CERT_FILE: join(folder, "ca.pem") };
  const inLab = Object.entries(bots).map(([name, bot]) => [name, { ...bot, ports: [venuePort], env }]);
  const probe = `https://venue.test:${venuePort}/time`;
  return stringify({
    bots: Object.fromEntries(inLab),
    venues: [{ venue: "binance", hosts: ["venue.test"], probe, rules: [] }],
  });
}

function lineOf(label: string): string {
  const { scheme, endpoint, user, pass } = proxyOf(stage, label);
  const login = [user, pass].map(encodeURIComponent).join(":");
  return `${scheme}://${login}@${endpoint.replace(/^\w+:\/\//, "")}`;
}

/** The commands of `launch` below a heading, each as words. */
function commandsBelow(heading: string): readonly (readonly string[])[] {
  const section = page.split(/^## /m).find((each) => each.startsWith(heading)) ?? "";
  const lines = [...section.matchAll(/^```sh\n(.*?)^```/gms)].flatMap(([, text = ""]) =>
    text.trim().split("\n"),
  );
  return lines.filter((line) => line.startsWith("launch ")).map((line) => wordsOf(line).slice(1));
}

function wordsOf(line: string): readonly string[] {
  return [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare ?? "");
}

test("a new user's commands end with 0 each, in twelve to five bots on five proven exits", async () => {
  const all = [...page.matchAll(/^```sh\n(.*?)^```/gms)].flatMap(([, text = ""]) => text.trim().split("\n"));
  expect(all.indexOf("launch ps") + 1).toBeLessThanOrEqual(12);

  let shown = "";
  for (const words of commandsBelow("Accounts and exits")) shown = await ok(stage, words);
  for (const name of names) expect(shown).toMatch(new RegExp(`^${name} +running +.* 127\\.0\\.0\\.`, "m"));
  const seen = await Promise.all(names.map((name) => seenAtVenue(stage, ({ account }) => account === name)));
  expect(new Set(seen.map(({ peer }) => peer)).size).toBe(names.length);

  for (const words of commandsBelow("Daily work")) await ok(stage, words);
  expect(JSON.parse(await ok(stage, ["ps", "--running", "--json"]))).toMatchObject({ runs: [] });
});
