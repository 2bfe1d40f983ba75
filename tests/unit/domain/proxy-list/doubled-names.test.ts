import { describe, expect, test } from "vitest";
import { readProxyList } from "../../../../lib/domain/proxy-list/read-proxy-list.ts";
import { readList } from "./read-list.ts";

describe("of two equal names neither wins", () => {
  test.each([
    [
      "host,port,user,password,password\ngw.example,8001,u,right,wrong",
      "2: two of its columns give the pass",
    ],
    ["host,port,user,Password,PASS\ngw.example,8001,u,right,wrong", "2: two of its columns give the pass"],
    [
      "ip,port,username,password,ip\n198.51.100.1,8001,u,p,203.0.113.9",
      "2: two of its columns give the host",
    ],
    ["host,port,country,Country Code\ngw.example,80,DE,FR", '2: two of its columns give "country"'],
    ["host,port,batch,Batch\ngw.example,80,1,2", 'two of its columns give "Batch"'],
    ["host,port,,pass\ngw.example,80,u,p", "2: its column 3 has a value but no name"],
    ['[{"host":"gw","port":80,"user":"u","pass":"a","pass":"b"}]', '1: the key "pass" is twice'],
    ['[{"host":"gw","port":80,"user":"u",\n"pass":"a","pa\\u0073s":"b"}]', '1: the key "pass" is twice'],
    ['[{"host":"gw","port":80,"user":"u","pass":"a","Pass":"b"}]', "1: two of its columns give the pass"],
    ['[{"host":"gw","port":80,"auth":{"user":"u","password":"a","password":"b"}}]', '"password" is twice'],
    [
      '[{"host":"gw","port":80,"password":"a","auth":{"user":"u","password":"b"}}]',
      "two of its columns give the pass",
    ],
    ['{"proxies":["gw:80"],\n"proxies":["gw:81"]}', '2: the key "proxies" is twice'],
    [
      '{"results":[{"host":"a","port":1}],\n"backup":[{"host":"b","port":2}]}',
      "2: there are proxies outside",
    ],
  ])("%j is refused by name and line", (text, words) => {
    expect(readList(text)).toMatchObject({ entries: [], problems: [expect.stringContaining(words)] });
  });

  test("two columns that agree, and an empty second one, are read", () => {
    expect(readList("host,port,user,pass,password\ngw,1,u,p,p\ngw,2,u,p,").entries).toHaveLength(2);
  });

  test("a doubled key keeps out its own entry and no other", () => {
    const text = '[{"host":"gw","port":1},\n{"host":"gw","port":2,"port":3},\n{"host":"gw","port":4}]';
    const { entries, problems } = readProxyList(text);
    expect([entries.map(({ line }) => line), problems.map(({ line }) => line)]).toEqual([[1, 3], [2]]);
  });
});
