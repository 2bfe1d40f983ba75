import { describe, expect, test } from "vitest";
import { readProxyList } from "../../../../lib/domain/proxy-list/read-proxy-list.ts";
import { readList } from "./read-list.ts";

describe("what vendors' list calls return is read as it comes", () => {
  const proxy = ["http://1.1.1.1:80", "u", "p"];
  test.each<[string, unknown, unknown]>([
    [
      "Webshare",
      {
        count: 1,
        next: null,
        results: [
          {
            id: "d-1",
            username: "u",
            password: "p",
            proxy_address: "1.1.1.1",
            port: 80,
            valid: true,
            country_code: "DE",
          },
        ],
      },
      proxy,
    ],
    [
      "Proxy-Seller",
      {
        status: "success",
        data: {
          items: [
            {
              ip: "1.1.1.1",
              ip_only: "1.1.1.1",
              protocol: "HTTP",
              port_socks: 81,
              port_http: 80,
              login: "u",
              password: "p",
              auth_ip: "",
            },
          ],
        },
        errors: [],
      },
      proxy,
    ],
    [
      "Proxy-Seller, all kinds",
      {
        data: {
          ipv4: [],
          isp: [
            { ip: "1.1.1.1", protocol: "SOCKS5", port_socks: 81, port_http: 80, login: "u", password: "p" },
          ],
        },
      },
      ["socks5://1.1.1.1:81", "u", "p"],
    ],
    [
      "IPRoyal orders",
      {
        data: [
          {
            id: 7,
            proxy_data: {
              ports: { socks5: 81, "http|https": 80 },
              proxies: [{ username: "u", password: "p", ip: "1.1.1.1" }],
            },
          },
        ],
      },
      proxy,
    ],
    [
      "IPRoyal servers",
      { data: [{ proxies: [{ id: 1, ip_address: "1.1.1.1", port: 80, username: "u", password: "p" }] }] },
      proxy,
    ],
    [
      "Thordata",
      {
        code: 200,
        data: [
          { ip: "1.1.1.1", port: 80, username: "u", password: "p", expiration_time: "2025-03-13 14:21" },
        ],
      },
      proxy,
    ],
    [
      "Proxy-Cheap",
      {
        proxies: [
          {
            authentication: { username: "u", password: "p" },
            connection: { publicIp: "203.0.113.7", connectIp: "1.1.1.1", httpPort: 80, socks5Port: 81 },
            proxyType: "HTTP",
          },
        ],
      },
      proxy,
    ],
    [
      "PROXY6",
      {
        status: "yes",
        list: {
          11: {
            id: "11",
            ip: "203.0.113.7",
            host: "1.1.1.1",
            port: "81",
            user: "u",
            pass: "p",
            type: "socks",
            country: "de",
            date_end: "2026-07-12 11:50:41",
            unixtime_end: 1_783_850_000,
          },
        },
      },
      ["socks5://1.1.1.1:81", "u", "p"],
    ],
    [
      "Oxylabs",
      [{ entryPoint: "1.1.1.1", port: 80, ip: "203.0.113.7", username: "u", password: "p" }],
      proxy,
    ],
    [
      "Proxy-Seller, with what it says of the order",
      { data: { items: [{ ip: "1.1.1.1", port_http: 80, login: "u", password: "p", auto_renew: "Y" }] } },
      proxy,
    ],
    [
      "ASocks",
      { success: true, message: { proxies: [{ proxy: "1.1.1.1:80", login: "u", password: "p" }] } },
      proxy,
    ],
    [
      "Proxyline",
      { results: [{ ip: "1.1.1.1", port_http: 80, port_socks5: 81, username: "u", password: "p", type: 1 }] },
      proxy,
    ],
    [
      "MobileProxy",
      [
        {
          proxy_hostname: "gw.example",
          proxy_host_ip: "1.1.1.1",
          proxy_http_port: "80",
          proxy_socks5_port: "81",
          proxy_login: "u",
          proxy_pass: "p",
        },
      ],
      ["http://gw.example:80", "u", "p"],
    ],
    ["ports by protocol", [{ ip: "1.1.1.1", port: { http: 80, socks5: 81 }, user: "u", pass: "p" }], proxy],
    ["Puppeteer", [{ server: "http://1.1.1.1:80", username: "u", password: "p" }], proxy],
    ["Playwright", { proxy: { server: "http://1.1.1.1:80", username: "u", password: "p" } }, proxy],
    [
      "facts in forms of their own",
      [
        {
          host: "1.1.1.1",
          port: 80,
          user: "u",
          pass: "p",
          country: { code: "DE", name: "Germany" },
          asn: "AS3320 Deutsche Telekom",
          shared: false,
        },
      ],
      proxy,
    ],
    [
      "ProxyScrape, which says an endpoint as a whole and in parts",
      { proxies: [{ proxy: "http://1.1.1.1:80", ip: "1.1.1.1", port: 80, protocol: "http" }] },
      ["http://1.1.1.1:80"],
    ],
    [
      "PubProxy, which says an endpoint as a whole and in parts",
      { data: [{ ipPort: "1.1.1.1:81", ip: "1.1.1.1", port: "81", type: "socks5" }], count: 1 },
      ["socks5://1.1.1.1:81"],
    ],
  ])("%s", (_vendor, answer, expected) => {
    const { entries, problems } = readList(JSON.stringify(answer, undefined, 2));
    expect([problems, entries]).toEqual([[], [expected]]);
  });

  test("a vendor's own name of a proxy that can be no label is kept as a fact", () => {
    const text = '[{"host":"1.1.1.1","port":80,"name":"Sweden - Stockholm 1"}]';
    expect(readProxyList(text).entries).toMatchObject([
      { isLabelDerived: true, label: "1.1.1.1-80", metadata: { name: "Sweden - Stockholm 1" } },
    ]);
    expect(readProxyList('[{"host":"1.1.1.1","port":80,"name":"se-1"}]').entries[0]?.label).toBe("se-1");
  });

  test.each(["list", "data", "proxies"])("several proxies by their ids in %s are not one proxy", (name) => {
    const one = (host: string) => ({ host, port: 80, user: "u", pass: host });
    const answer = { [name]: { 15: one("a.example"), 16: one("b.example") } };
    expect(readList(JSON.stringify(answer))).toMatchObject({
      entries: [
        ["http://a.example:80", "u", "a.example"],
        ["http://b.example:80", "u", "b.example"],
      ],
      problems: [],
    });
  });

  test.each<[string, unknown]>([
    ["host", { proxy: "http://1.1.1.1:80", ip: "1.1.1.2", port: 80 }],
    ["port", { proxy: "http://1.1.1.1:80", ip: "1.1.1.1", port: 81 }],
    ["scheme", { proxy: "http://1.1.1.1:80", protocol: "socks5" }],
  ])("an endpoint whose parts give another %s is refused", (what, record) => {
    expect(readList(JSON.stringify([record]))).toMatchObject({
      entries: [],
      problems: [expect.stringContaining(`it gives the ${what} twice`)],
    });
  });

  test("lists by protocol give their scheme, and a proxy may lie one level deeper", () => {
    const answer = {
      proxies: { http: ["a.example:1"], socks5: ["b.example:2:u:p", { host: "c.example", port: 3 }] },
    };
    for (const each of [answer, answer.proxies])
      expect(readList(JSON.stringify(each)).entries).toEqual([
        ["http://a.example:1"],
        ["socks5://b.example:2", "u", "p"],
        ["socks5://c.example:3"],
      ]);
    expect(
      readList('[{"id":1,"proxy":{"host":"gw.example","port":80,"login":"u","password":"p"}}]').entries,
    ).toEqual([["http://gw.example:80", "u", "p"]]);
  });

  test("the address behind a gateway is the expected exit", () => {
    expect(
      readList('[{"entryPoint":"disp.example","port":8001,"ip":"203.0.113.7","country":"DE"}]').facts,
    ).toEqual([["203.0.113.7", "DE"]]);
  });

  test("one page of several is said, and objects one a line are read", () => {
    const page = { count: 30, next: "https://api.example/?page=2", results: [{ host: "gw", port: 1 }] };
    expect(readList(JSON.stringify(page)).warnings).toEqual([expect.stringContaining("one page of several")]);
    expect(
      readProxyList('{"host":"gw","port":1}\n\n{"host":"gw","port":2}\n').entries.map(({ line }) => line),
    ).toEqual([1, 3]);
  });
});
