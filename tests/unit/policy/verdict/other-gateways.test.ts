import { expect, test } from "vitest";
import type { Proxy } from "../../../../lib/domain/proxy/proxy.ts";
import { otherGateways } from "../../../../lib/policy/verdict/other-gateways.ts";
import { candidateFacts } from "../facts.ts";

const at = (host: string, change: Partial<Proxy> = {}): Proxy => {
  const { proxy } = candidateFacts(1);
  return { ...proxy, endpoint: { ...proxy.endpoint, host }, ...change };
};
const hostsOf = (...args: Parameters<typeof otherGateways>) => otherGateways(...args).map(({ host }) => host);

test("gateways of another host and vendor than those tried tell whether this host has a network, three at most", () => {
  const tried = [at("a.example", { provider: "acme" })];
  const pool = ["b", "c", "d", "e"].map((name) => at(`${name}.example`, { provider: name }));
  expect(hostsOf(tried, [...tried, ...pool])).toEqual(["b.example", "c.example", "d.example"]);
});

test("neither the tried gateway under another port, nor another one of its vendor, nor a disabled one is asked", () => {
  const tried = [at("a.example", { provider: "acme" })];
  const same = at("a.example", { provider: undefined });
  const pool = [
    { ...same, endpoint: { ...same.endpoint, port: 9 } },
    at("b.example", { provider: "acme" }),
    at("c.example", { isActive: false }),
    at("d.example"),
  ];
  expect(hostsOf(tried, pool)).toEqual(["d.example"]);
});

test("a gateway is asked once, however many proxies stand on it", () => {
  expect(hostsOf([at("a.example")], [at("b.example"), at("b.example"), at("c.example")])).toEqual([
    "b.example",
    "c.example",
  ]);
});

test("without another vendor in the pool nobody is asked", () => {
  expect(otherGateways([at("a.example")], [at("a.example")])).toEqual([]);
});
