import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { packageRoot } from "../../../lib/config/package-root.ts";
import { nodeOfMajor } from "../../support/node-versions.ts";
import { type OperatorMachine, operatorMachine } from "../../support/operator/operator-machine.ts";
import { type AgentsRig, exitAddress, openAgentsRig, pass, urlOf, user } from "../agents/agents-rig.ts";
import { type Consumer, newConsumer } from "./consumer.ts";

// Every program of docs/library.md, as a stranger would paste it: only the names of proxy and venue are the lab's.

const page = readFileSync(join(packageRoot(), "docs", "library.md"), "utf8");
const snippets: readonly Snippet[] = page
  .split(/^## /m)
  .flatMap((section) => {
    const heading = section.split("\n", 1).join();
    const blocks = section.matchAll(/^```(ts|js)\n(.*?)^```/gms);
    return [...blocks].map(([, language = "", text = ""]) => ({ heading, language, text }));
  })
  .map(({ heading, ...block }, index) => ({ ...block, name: `${index + 1}, ${heading}` }));

interface Snippet {
  readonly name: string;
  readonly language: string;
  readonly text: string;
}

let rig: AgentsRig;
let machine: OperatorMachine;
let consumer: Consumer;
let env: Readonly<Record<string, string>>;

beforeAll(async () => {
  [rig, machine] = await Promise.all([openAgentsRig(), operatorMachine()]);
  consumer = newConsumer(["@types/node", "undici-types", "undici", "ws", "@types/ws"]);
  const ca = join(consumer.folder, "ca.pem");
  writeFileSync(ca, rig.certificates.ca);
  env = { ...machine.stranger.env, LAUNCH_DATABASE_URL: machine.database.url, NODE_EXTRA_CA_CERTS: ca };
  const http = await rig.proxy("http");
  const endpoint = `http://${http.host}:${http.port}`;
  const login = ["--proxy-user", user, "--proxy-pass-stdin"];
  const added = await machine.launch(
    ["account", "add", "alice", "--proxy-label", "fra-1", "--proxy-endpoint", endpoint, ...login],
    { input: `${pass}\n` },
  );
  expect(added.status, added.stderr).toBe(0);
  // TLS to the proxy as well: idle connections of both layers must let the program end.
  await writeSnippets(urlOf(await rig.proxy("https")));
});
afterAll(async () => {
  consumer.remove();
  await rig.close();
  await machine.remove();
});

async function writeSnippets(proxyUrl: string): Promise<void> {
  for (const [index, { language, text }] of snippets.entries()) {
    const placed = text
      .replaceAll("http://customer:secret@gw.example:8001", proxyUrl)
      .replaceAll("//api.venue.example", `//venue.test:${rig.venue.port}`);
    consumer.write(`snippet-${index + 1}.${language === "ts" ? "ts" : "cjs"}`, placed);
  }
  expect(await consumer.compile()).toBe("");
}

const fileOf = (index: number, { language }: Snippet): string =>
  `snippet-${index + 1}.${language === "ts" ? "js" : "cjs"}`;

describe("docs/library.md", () => {
  test("shows a program for each way in", () => {
    const shown = snippets.map(({ text }) => text).join("\n");
    for (const name of ["proxiedFetch", "httpsAgent", "undiciDispatcher", "webSocketAgent", "openSlipway"])
      expect(shown).toContain(`${name}(`);
  });

  test.each(snippets.map((snippet, index) => [snippet.name, index] as const))(
    "shows a program that compiles, runs and ends (%s)",
    async (_name, index) => {
      const snippet = snippets[index] as Snippet;
      const { stdout, stderr } = await consumer.run(fileOf(index, snippet), { env });
      expect(stderr).toBe("");
      expect(stdout).toMatch(
        snippet.text.includes("api.venue.example") ? new RegExp(exitAddress) : /^lab-\w+ unverified /m,
      );
      expect(stdout).not.toContain(pass);
    },
  );

  test.each([22, 24, 26])("shows agents that run on Node %i", async (major) => {
    const node = nodeOfMajor(major);
    if (node === undefined) return;
    for (const [index, snippet] of snippets.entries()) {
      if (!snippet.text.includes("slipway/agents") || snippet.text.includes("openSlipway")) continue;
      const { stdout } = await consumer.run(fileOf(index, snippet), { env, node });
      expect(stdout, snippet.name).toContain(exitAddress);
    }
  });
});
