import { describe, expect, test } from "vitest";
import { readList } from "./read-list.ts";

describe("what a program or a keyboard left in a line is named, never stored", () => {
  test.each([
    ["gw.example:8001:user:pass<br/>", "tag of a web page"],
    ["gw.example:8001:user:pass</td>", "tag of a web page"],
    ["http://user:pa&amp;ss@gw.example:8001", "such as &amp; for &"],
    ["gw.example:8001:user:pass&#39;", "as a web page spells it"],
    ["gw.example:8001:user:pass\\n", "as programs spell a line break"],
    ["gw.example:8001:user:pass\\r\\n", "as programs spell a line break"],
    ["“gw.example:8001:user:pass”", "U+201C, a quote of a word processor"],
    ["gw.example:8001:user:‘pass’", "U+2018, a quote of a word processor"],
    ["gw.example:8001:user:pas…", "as texts do that were cut to fit"],
    ["<http://user:pass@gw.example:8001>", "in angle brackets"],
    ["ï»¿gw.example:8001:user:pass", "read in another encoding"],
    ["gw.example:8001:user:pass;US", "after its password there is"],
    [`gw.example:8001:user:${"$"}{PROXY_PASS}`, "only a placeholder"],
    ["http://{user}:{password}@gw.example:8001", "only a placeholder"],
    ["gw.example:8001:user:<password>", "only a placeholder"],
    ["http://dXNlcjpwYXNz@gw.example:8001", "encoded with base64"],
    ["socks5://dXNlcjpwYXNzQGd3LmV4YW1wbGU6MTA4MA==", "encoded with base64"],
    ["socks://gw.example:1080", "write socks5://"],
    ["gw.example:٨٠٠١:user:pass", "digits of another script"],
    ["http://user:pass@gօw.example:8001", "characters that no name has"],
    ["de1=http://user:pass@gw.example:8001", "something before the URL"],
    ["--proxy-server=http://gw.example:8001", "something before the URL"],
    ['const list = ["http://user:pass@gw.example:8001"];', "something before the URL"],
    ["[gw](http://user:pass@gw.example:8001)", "something before the URL"],
    ["-e HTTPS_PROXY=http://user:pass@gw.example:8001", "variable of a shell"],
    ["PROXY_PASS=pass1", "variable of a shell"],
    ["PROXY_URL=http://user:pass@gw.example:8001", "variable of a shell"],
    ["$ curl -x http://user:pass@gw.example:8001 https://x.example", "looks like a command"],
    ["curl.exe -x http://user:pass@gw.example:8001 https://x.example", "looks like a command"],
    ["setx HTTP_PROXY http://user:pass@gw.example:8001", "looks like a command"],
    ["--proxy gw.example:80 --proxy-user user:pass", "looks like a command"],
    ["[ProxyList]", "heading of a part of another file"],
  ])("%j", (text, words) => {
    expect(readList(text)).toMatchObject({ entries: [], problems: [expect.stringContaining(words)] });
  });

  test.each([
    ["gw.example:8001:user:p<b", "p<b"],
    ["gw.example:8001:user:R&D;x", "R&D;x"],
    ["gw.example:8001:user:p\\nq", "p\\nq"],
    ["gw.example:8001:user:p’q", "p’q"],
    ["gw.example:8001:user:$ecret", "$ecret"],
    ["gw.example:8001:user:password", "password"],
    ["http://user:p%26amp;q@gw.example:8001", "p&amp;q"],
  ])("%j keeps its password", (text, password) => {
    expect(readList(text).entries).toEqual([["http://gw.example:8001", "user", password]]);
  });

  test.each([["dXNlcm5hbWU"], ["customer1"], ["bXl1c2Vy"]])("a user %s without a password is one", (user) => {
    expect(readList(`http://${user}@gw.example:8001`).entries).toEqual([
      ["http://gw.example:8001", user, ""],
    ]);
  });
});

describe("tables", () => {
  test.each([
    ["host,port\ngw.example,8001\nhost,port", "3: it repeats the header; remove it"],
    ["host,port,user,pass\ngw.example,8001,u,1E+15", '2: its "pass" reads like what a spreadsheet makes'],
    ["host,port,user,pass\ngw.example,8001,u,#NAME?", '2: its "pass" reads like what a spreadsheet makes'],
    ["My list\nhost,port,user,pass", "2: it is the header of a CSV list, and must be the first line"],
  ])("%j", (text, problem) => {
    expect(readList(text).problems).toContainEqual(expect.stringContaining(problem));
  });

  test("a value in quotes is what it is", () => {
    expect(readList('host,port,user,pass\ngw.example,8001,u,"1E+15"').entries).toEqual([
      ["http://gw.example:8001", "u", "1E+15"],
    ]);
  });

  test("a row that begins with a hash is not skipped in silence", () => {
    expect(
      readList("pass,user,host,port\n#abc,u,gw.example,8001\n# a note, with, commas, here"),
    ).toMatchObject({
      warnings: [expect.stringContaining("as many columns as the header")],
    });
  });

  test.each([
    "Servidor;Puerto;Usuario;Contraseña\ngw.example;8001;u;p1",
    "Hôte;Port;Utilisateur;Mot de passe\ngw.example;8001;u;p1",
    "node,port,login,password\ngw.example,8001,u,p1",
    "호스트,포트,사용자,비밀번호\ngw.example,8001,u,p1",
    '[{"endpoint":"gw.example","port":8001,"username":"u","password":"p1"}]',
    '[{"proxy":"gw.example","port":"8001","username":"u","password":"p1"}]',
  ])("%j is read", (text) => {
    expect(readList(text)).toMatchObject({ entries: [["http://gw.example:8001", "u", "p1"]], problems: [] });
  });

  test("a list of one address is that address", () => {
    const text = '[{"entryPoint":"gw.example","port":8001,"ip":"203.0.113.9","assignedIPs":["203.0.113.9"]}]';
    expect(readList(text)).toMatchObject({ facts: [["203.0.113.9", undefined]], problems: [] });
  });
});

test.each([
  [
    '[{"host":"a.example","port":1},\n]',
    "2: the text begins like JSON but is not valid JSON: a comma stands before ]",
  ],
  ["[\n // de\n]", "2: the text begins like JSON but is not valid JSON: it has comments"],
  ["{“host”: 1}", "1: the text begins like JSON but is not valid JSON: it has quotes of a word processor"],
  [
    '{"host": "a.example",\n"port": 1',
    "2: the text begins like JSON but is not valid JSON: it ends too early",
  ],
])("JSON %j tells its fault", (text, problem) => {
  expect(readList(text).problems).toEqual([expect.stringContaining(problem)]);
});
