import { describe, expect, test } from "vitest";
import { readProxyList } from "../../../../lib/domain/proxy-list/read-proxy-list.ts";
import { readList } from "./read-list.ts";

const own = ["http://gw.example:8001", "u", "hunter2"];

describe("a user and password are read from wherever a list has them", () => {
  test.each([
    ["ip;порт;логин;пароль\ngw.example;8001;u;hunter2"],
    ["Хост\tПорт\tЛогин\tПароль\ngw.example\t8001\tu\thunter2"],
    ["主机,端口,用户名,密码\ngw.example,8001,u,hunter2"],
    ["host,port,usuario,contrasen\u0303a\ngw.example,8001,u,hunter2"],
    ["host,port,user,pw\ngw.example,8001,u,hunter2"],
    ["host,port,u,p\ngw.example,8001,u,hunter2"],
    ["ｈｏｓｔ,port,user,pass\ngw.example,8001,u,hunter2"],
    ["ip,port,auth\ngw.example,8001,u:hunter2"],
    ["proxy,login:password\ngw.example:8001,u:hunter2"],
    ["IP:PORT:LOGIN:PASS\ngw.example:8001:u:hunter2"],
    ["Username:Password@Host:Port\nu:hunter2@gw.example:8001"],
    ['[{"host":"gw.example","port":8001,"access":{"username":"u","password":"hunter2"}}]'],
    ['[{"host":"gw.example","port":8001,"accessDetails":{"login":"u","pass":"hunter2"}}]'],
    ['[{"host":"gw.example","port":8001,"credentials":"u:hunter2"}]'],
  ])("%j", (text) => {
    expect(readList(text)).toMatchObject({ entries: [own], problems: [] });
  });
});

describe("a password that nobody could tell is neither stored as a fact nor left out in silence", () => {
  test.each([
    // The а of "pаss" is Cyrillic.
    [
      "host,port,user,p\u0430ss\ngw.example,8001,u,hunter2",
      '2: it has a user and no password, and what its "p\u0430ss" is',
    ],
    ["host,port,wachtwoord\u00EB\ngw.example,8001,hunter2", "it has no password"],
    ["host,port,user,wachtwoord\ngw.example,8001,u,hunter2", 'what its "wachtwoord" is'],
    ["host,port,usr,key\ngw.example,8001,u,hunter2", 'what its "key" is'],
    [
      '[{"host":"gw.example","port":8001,"access":{"http":{"username":"u","password":"hunter2"}}}]',
      'its "access" contains a password',
    ],
    [
      '{"login":"u","password":"hunter2","proxies":[{"ip":"1.1.1.1","port":80}]}',
      "beside its list, but none in this proxy",
    ],
    ['{"data":{"login":"u","password":"hunter2","ips":["1.1.1.1:80"]}}', "beside its list"],
    ['{"auth":{"user":"u","pass":"hunter2"},"proxies":["1.1.1.1:80"]}', "beside its list"],
    [
      '[{"host":"gw.example","port":8001,"user":"u","pass":"hunter2","spare":{"user":"u","pass":"other"}}]',
      "two of its columns give the pass",
    ],
  ])("%j", (text, words) => {
    const { entries, problems } = readProxyList(text);
    expect(entries).toEqual([]);
    expect(problems.map(({ line, what }) => `${line}: ${what}`).join()).toContain(words);
    expect(JSON.stringify(problems)).not.toContain("hunter2");
  });

  test("a list without passwords keeps its facts, and one with passwords the names of its own", () => {
    expect(readProxyList("host,port,id,city,speed\ngw.example,8001,7,Berlin,fast").entries).toMatchObject([
      { metadata: { id: "7", city: "Berlin", speed: "fast" } },
    ]);
    expect(
      readProxyList("host,port,user,pass,\u0441\u0442\u0440\u0430\u043D\u0430\ngw.example,8001,u,p,DE")
        .entries,
    ).toMatchObject([{ metadata: { "\u0441\u0442\u0440\u0430\u043D\u0430": "DE" } }]);
    const answer = {
      login: "u",
      password: "x",
      proxies: [{ ip: "gw.example", port: 8001, user: "u", pass: "hunter2" }],
    };
    expect(readList(JSON.stringify(answer))).toMatchObject({ entries: [own], problems: [] });
  });
});
