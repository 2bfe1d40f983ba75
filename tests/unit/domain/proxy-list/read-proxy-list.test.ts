import { inspect } from "node:util";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatEndpoint } from "../../../../lib/domain/proxy/proxy-endpoint.ts";
import {
  type ProxyListOptions,
  type ProxyListReading,
  readProxyList,
} from "../../../../lib/domain/proxy-list/read-proxy-list.ts";

const entriesOf = ({ entries }: ProxyListReading) =>
  entries.map(({ line, endpoint, credential }) => [
    line,
    formatEndpoint(endpoint),
    ...(credential === undefined ? [] : [credential.user, credential.secret.reveal()]),
  ]);
const problemsOf = (text: string, options?: ProxyListOptions) =>
  readProxyList(text, options).problems.map(({ line, what }) => `${line}: ${what}`);
const onlyEntry = (text: string) => {
  const reading = readProxyList(text);
  expect(reading.problems).toEqual([]);
  const [entry] = reading.entries;
  if (entry === undefined) throw new Error("no entry");
  return { entry, warnings: reading.warnings.map(({ what }) => what) };
};

describe("a list with one entry a line", () => {
  test("skips comments and blank lines, and takes BOM, CRLF and lone CR", () => {
    const text = "\uFEFF# Frankfurt\r\n\r\ngw.example:8001:bob:pw\r\n  http://gw.example:8002  \r\r# end";
    expect(entriesOf(readProxyList(text))).toEqual([
      [3, "http://gw.example:8001", "bob", "pw"],
      [4, "http://gw.example:8002"],
    ]);
  });

  test("names the line of each entry that is no proxy or could be two, and keeps the others", () => {
    const text = "gw.example:8001\nnonsense\n203.0.113.9:8001:bob:1234\ngw.example:8002";
    const reading = readProxyList(text);
    expect(reading.entries.map(({ line }) => line)).toEqual([1, 4]);
    expect(reading.problems.map(({ line }) => line)).toEqual([2, 3]);
    expect(entriesOf(readProxyList(text, { form: "host:port:user:pass" }))).toEqual([
      [3, "http://203.0.113.9:8001", "bob", "1234"],
    ]);
  });

  test("takes the scheme that was given for entries without one", () => {
    const text = "gw.example:1080:bob:pw\nhttps://gw.example:8443";
    expect(entriesOf(readProxyList(text, { scheme: "socks5" }))).toEqual([
      [1, "socks5://gw.example:1080", "bob", "pw"],
      [2, "https://gw.example:8443"],
    ]);
  });

  test("does not take a bracketed IPv6 host on the first line for JSON", () => {
    expect(entriesOf(readProxyList("[2001:db8::1]:8001\n"))).toEqual([[1, "http://[2001:db8::1]:8001"]]);
  });

  test("says so when a comment reads as a proxy", () => {
    const { entries, warnings } = readProxyList("#bob:pw@gw.example:8001\n# plain words");
    expect(entries).toEqual([]);
    expect(warnings).toEqual([{ line: 1, what: expect.stringContaining("comment") }]);
  });

  test("an empty text is an empty list", () => {
    expect(readProxyList("")).toEqual({ entries: [], problems: [], warnings: [] });
  });
});

describe("CSV with a header", () => {
  test("reads flexible names, vendor facts, priority and label", () => {
    const text = [
      "# bought in March",
      "IP,Port,Username,Password,Protocol,Label,Country Code,City,ASN,Provider,Expected IP,Expires At,Priority,Batch",
      "gw.example,8001,bob,p:@%/,SOCKS5,fra-1,de,Berlin,AS3320,oxylabs,203.0.113.7,2026-05-01,2,b-17",
    ].join("\r\n");
    const { entry } = onlyEntry(text);
    expect(entriesOf(readProxyList(text))).toEqual([[3, "socks5://gw.example:8001", "bob", "p:@%/"]]);
    expect(entry).toMatchObject({
      label: "fra-1",
      isLabelDerived: false,
      priority: 2,
      country: "DE",
      provider: "oxylabs",
      expectedIp: "203.0.113.7",
      expiresAt: Date.UTC(2026, 4, 1),
      metadata: { city: "Berlin", asn: 3320, Batch: "b-17" },
    });
  });

  test.each([";", "\t", "|"])("reads delimiter %j", (delimiter) => {
    const rows = [
      ["host", "port", "user", "pass"],
      ["gw.example", "8001", "bob", "a,b"],
    ];
    const text = rows.map((row) => row.join(delimiter)).join("\n");
    expect(entriesOf(readProxyList(text))).toEqual([[2, "http://gw.example:8001", "bob", "a,b"]]);
  });

  test("reads whole entries in one column, with or without the user apart", () => {
    expect(entriesOf(readProxyList("proxy\ngw.example:8001:bob:pw\n"))).toHaveLength(1);
    const text = 'url,username,password\nhttps://gw.example:8001,bob,"p ""w"" "\n';
    expect(entriesOf(readProxyList(text))).toEqual([[2, "https://gw.example:8001", "bob", 'p "w" ']]);
  });

  test("reads host:port in the host column, and IPv6 without brackets where a port column stands beside it", () => {
    expect(entriesOf(readProxyList("ip,city\n203.0.113.9:8001,Berlin"))).toEqual([
      [2, "http://203.0.113.9:8001"],
    ]);
    expect(entriesOf(readProxyList("ip,port\n2001:db8::1,8001"))).toEqual([[2, "http://[2001:db8::1]:8001"]]);
  });

  test.each([
    ["host,port,user,pass\ngw,80,bob,a,b", "2: it has 5 columns where the header has 4"],
    ["host,port,user,pass\ngw,80,bob, pw", 'its "pass" begins or ends with a space'],
    ["host,port\ngw,99999", "2: it has no valid host and port"],
    ["host,port,protocol\ngw,80,socks4", "its scheme is not"],
    ["host,ip,port\ngw,203.0.113.9,80", "two of its columns give the host"],
    ["url,port\nhttp://gw.example:80,81", "gives the port twice"],
    ["url,user\nhttp://bob:pw@gw.example:80,eve", "the user twice"],
    ["host,port,pass\ngw,80,pw", "a password but no user"],
    ["host,port,user\ngw,80,a:b", "colon"],
    ["host,port,label\ngw,80,two words", "label"],
    ["host,port,priority\ngw,80,-1", "priority"],
    ["host,port,asn\ngw,80,Telekom", '"asn" must be a number'],
    ["host,port,expected_ip\ngw,80,nowhere", '"expected_ip" must be an IP address'],
    ["host,port,expires\ngw,80,05/01/2026", '"expires_at" must be a time'],
    ['host,port,user,pass\ngw,80,bob,"hunter2\ngw,81,bob,pw', "quotes"],
    ['host,port,user,pass\ngw,80,bob,pa"ss', "quotes"],
    ["gw,80,bob,pw", "CSV header"],
  ])("%j is reported", (text, words) => expect(problemsOf(text).join("\n")).toContain(words));

  test("keeps line numbers behind comments, blank lines and quoted line breaks", () => {
    const text = 'host,port,note\n\n# one\ngw.example,8001,"two\nlines"\ngw.example,8002,\nbad,x,\n';
    const { entries, problems } = readProxyList(text);
    expect(entries.map(({ line }) => line)).toEqual([5, 6]);
    expect(problems.map(({ line }) => line)).toEqual([7]);
  });

  test.each(['p"w', '"p"w', '"pw'])(
    "%s stops the reading at its line: no row behind it is lost in silence",
    (bad) => {
      const text = `host,port,user,pass\n# one\ngw,1,bob,pw\n\ngw,2,bob,${bad}\ngw,3,bob,"x"\ngw,4,bob,pw\n`;
      const { entries, problems } = readProxyList(text);
      expect(entries.map(({ line }) => line)).toEqual([3]);
      expect(problems).toEqual([{ line: 5, what: expect.stringContaining("nothing from here on") }]);
    },
  );

  test("a country's name decides nothing, and a column that looks like a secret is not kept", () => {
    const { entry, warnings } = onlyEntry(
      "host,port,country,api_key,rotate\ngw,80,Germany,hunter2,https://u:hunter2@x.example/",
    );
    expect(entry).toMatchObject({ country: undefined, metadata: { country_name: "Germany" } });
    expect(inspect(entry, { depth: 9 })).not.toContain("hunter2");
    expect(warnings.join()).toMatch(/country.*api_key.*rotate/);
    expect(warnings.join()).not.toContain("hunter2");
  });

  test("a type that is no protocol is a fact", () => {
    const { entry } = onlyEntry("host,port,type\ngw.example,80,residential");
    expect(entry).toMatchObject({ endpoint: { scheme: "http" }, metadata: { type: "residential" } });
  });
});

describe("JSON", () => {
  test("reads texts and objects, nested facts included, with the line of each", () => {
    const text = `{
  "made": ["x", {"proxies": [1]}],
  "proxies": [
    "gw.example:8001:bob:pw",

    { "host": "gw.example", "port": 8002, "username": "bob", "password": "p]},\\"[",
      "pin": {"kind": "port", "value": "8002"}, "tags": ["eu"], "city": null },
    "nonsense"
  ]
}`;
    const reading = readProxyList(text);
    expect(entriesOf(reading)).toEqual([
      [4, "http://gw.example:8001", "bob", "pw"],
      [6, "http://gw.example:8002", "bob", 'p]},"['],
    ]);
    expect(reading.entries[1]?.metadata).toEqual({
      pin: { kind: "port", value: "8002" },
      tags: ["eu"],
    });
    expect(reading.problems.map(({ line }) => line)).toEqual([8]);
  });

  test("reads a list, and a single object", () => {
    expect(entriesOf(readProxyList('["gw.example:1", {"url": "gw.example:2"}]'))).toHaveLength(2);
    expect(entriesOf(readProxyList('{"host": "gw.example", "port": "8001"}'))).toHaveLength(1);
    expect(readProxyList("[]")).toEqual({ entries: [], problems: [], warnings: [] });
  });

  test.each([
    ['[{"host": "gw", "port": 80, "user": "bob", "pass": 123}]', 'its "pass" is not a text'],
    ['[{"host": "gw", "port": 80.5}]', "no valid host and port"],
    ['[{"host": "gw", "port": 80}, 7]', "neither a text nor an object"],
    ['{"a": 1}', "neither a list"],
    ['["gw.example:80:bob:hunter2"', "not valid JSON"],
    ['{"host": "gw", hunter2}', "not valid JSON"],
  ])("%j is reported", (text, words) => {
    const problems = problemsOf(text).join("\n");
    expect(problems).toContain(words);
    expect(problems).not.toContain("hunter2");
  });

  test("an object that holds a password deeper down is not stored as a fact", () => {
    const text =
      '[{"host": "gw", "port": 80, "user": "u", "pass": "p", "login_data": {"more": [{"password": "hunter2"}]}, "__proto__": 1}]';
    const { entry } = onlyEntry(text);
    expect(JSON.stringify(entry.metadata)).not.toContain("hunter2");
  });
});

describe("every record that is written by the rules is read back exactly", () => {
  const text = fc
    .array(fc.oneof(fc.integer({ min: 0x20, max: 0x7e }), fc.constantFrom(0x2c, 0x22, 0x23, 0xe4)), {
      minLength: 1,
      maxLength: 12,
    })
    .map((codes) => String.fromCharCode(...codes))
    // What may be an address with its port is reported, not read: another entry may have got there.
    .filter((value) => !/\..*:\d/.test(value));
  const record = fc.record({
    user: text.map((name) => name.replaceAll(":", "-")),
    pass: text,
    port: fc.integer({ min: 1, max: 65_535 }),
  });
  const records = fc.uniqueArray(record, { minLength: 1, maxLength: 5, selector: ({ port }) => port });
  type Entry = { readonly user: string; readonly pass: string; readonly port: number };
  const rows = (entries: readonly Entry[]) =>
    entries.map(({ user, pass, port }) => [`http://gw.example:${port}`, user, pass]);
  const back = (list: string) => entriesOf(readProxyList(list)).map(([, ...rest]) => rest);

  test("as CSV in quotes", () => {
    const quoted = (value: string) => `"${value.replaceAll('"', '""')}"`;
    const property = fc.property(records, fc.constantFrom(",", ";", "\t", "|"), (entries, delimiter) => {
      const lines = entries.map(({ user, pass, port }) =>
        ["gw.example", port, quoted(user), quoted(pass)].join(delimiter),
      );
      const header = ["host", "port", "user", "pass"].join(delimiter);
      expect(back([header, ...lines].join("\n"))).toEqual(rows(entries));
    });
    fc.assert(property, { numRuns: 200 });
  });

  test("as JSON", () => {
    const property = fc.property(records, fc.constantFrom(0, 2), (entries, indent) => {
      const objects = entries.map((entry) => ({ host: "gw.example", ...entry }));
      expect(back(JSON.stringify(objects, undefined, indent))).toEqual(rows(entries));
    });
    fc.assert(property, { numRuns: 200 });
  });

  test("as CSV without quotes, read back or reported and never misread", () => {
    const property = fc.property(records, (entries) => {
      // By the rules of CSV a quote at the beginning of a cell is not part of it.
      fc.pre(entries.every(({ user, pass }) => !/(?:^|,)"/.test(`${user},${pass}`)));
      const lines = entries.map(({ user, pass, port }) => ["gw.example", port, user, pass].join(","));
      const expected = rows(entries).map((row) => JSON.stringify(row));
      for (const row of back(["host,port,user,pass", ...lines].join("\n")))
        expect(expected).toContain(JSON.stringify(row));
    });
    fc.assert(property, { numRuns: 300 });
  });
});

test("nothing that a reading prints holds a secret", () => {
  const lists = [
    "gw.example:1:bob:hunter2\ngw.example:1:bob:hunter2x\nhunter2\n203.0.113.9:80:hunter2:1234",
    'host,port,user,pass\ngw,1,bob,hunter2\ngw,2,bob,hunter2,hunter2\ngw,3,bob,"hunter2',
    '[{"host":"gw","port":1,"user":"bob","pass":"hunter2"},{"host":"hunter2:x"},["hunter2"]]',
  ];
  for (const list of lists) {
    const reading = readProxyList(list);
    expect(reading.entries.length + reading.problems.length).toBeGreaterThan(1);
    expect(inspect(reading, { depth: 9, showHidden: true }) + JSON.stringify(reading)).not.toContain(
      "hunter2",
    );
  }
});
