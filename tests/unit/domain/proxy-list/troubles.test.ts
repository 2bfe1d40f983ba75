import { describe, expect, test } from "vitest";
import { readProxyList } from "../../../../lib/domain/proxy-list/read-proxy-list.ts";
import { readList } from "./read-list.ts";

describe("the last field does not take the entries behind it", () => {
  test.each([
    "gw.example:8001:user:pass,gw.example:8002:user:pass,gw.example:8003:user:pass",
    "gw.example:8001:user:pass;gw.example:8002:user:pass",
    "gw.example:8001:user:pass|gw.example:8002:user:pass",
    "gw.example:8001:user:pass, gw.example:8002:user:pass",
    "gw.example:8001:user:pass gw.example:8002:user:pass",
    "gw.example:8001:user:pass\tgw.example:8002:user:pass",
    "gw.example:8001,gw.example:8002",
    "gw:8001:user:pass,gw2:8002:user:pass",
    "user:pass@gw.example:8001,user:pass@gw.example:8002",
    "user:pass:gw.example:8001;user:pass:gw.example:8002",
    "[2001:db8::1]:8001:user:pass,[2001:db8::2]:8001:user:pass",
    "http://user:pass@gw.example:8001,http://user:pass@gw.example:8002",
    "http://user:pass@gw.example:8001http://user:pass@gw.example:8002",
    "HTTP://user:pass@gw.example:8001SOCKS5://user:pass@gw.example:8002",
    "gw.example:8001:user:pass:https://change.example/ip",
  ])("%j is several entries", (text) => {
    expect(readList(text)).toMatchObject({
      entries: [],
      problems: [expect.stringContaining("more than one entry")],
    });
  });

  test.each([
    "gw.example:8001:user:passgw.example:8002:user:pass",
    "198.51.100.4:8001:user:pass198.51.100.5:8002:user:pass",
    "user:pass@gw.example:8001user:pass@gw.example:8002",
    "user:pass:gw.example:8001user:pass:gw.example:8002",
    "http://user:pass@gw.example:8001@gw.example:8002",
    "gw1:8001:user:pass&gw2:8002:user:pass",
    "gw1:8001:user:pass+gw2:8002:user:pass",
    "user:pass@gw1:8001/user:pass@gw2:8002",
    "http://user:pass@gw1:8001&user:pass@gw2:8002",
  ])("%j has lost its line break", (text) => {
    expect(readList(text)).toMatchObject({
      entries: [],
      problems: [expect.stringContaining("another address")],
    });
  });

  test.each([
    ["gw.example:8001:user:pass,", "ends with a comma"],
    ["gw.example:8001:user:pass;", "ends with a semicolon"],
    ["http://user:pass@gw.example:8001|", "ends with a bar"],
    ['"gw.example:8001:user:pass"', "is in quotes"],
    ["gw.example:8001:'user':'pass'", "is in quotes"],
    ["gw.example:8001:user:pass:socks5", "after its password there is"],
    ["gw.example:8001:user:pass:DE", "after its password there is"],
    ["gw.example:8001:user:pass:", "after its password there is"],
    ["gw.example:8001:user:pass:203.0.113.7", "after its password there is"],
    ["http://198.51.100.4:5678@user:1234", "both sides of the @"],
    ["http://gw.example:5678@user:1234", "both sides of the @"],
    ["http://[2001:db8::1]:5678@user:1234", "both sides of the @"],
    ["http://198.51.100.4%3A5678@user:1234", "both sides of the @"],
    ["socks5://gw.example%3a5678@user:1234", "both sides of the @"],
    ["socks5://%5B2001:db8::1%5D%3A5678@user:1234", "both sides of the @"],
    ["http://gw.example@user:1234", "the host is before the @"],
    ["http://gw.example:@user:1234", "the host is before the @"],
    ["socks5://198.51.100.4@user:1234", "http://user:pass@host:port"],
    ["198.51.100.4:5678@user:1234", "can be read as"],
    ["gw.example:5678@user:1234", "can be read as"],
  ])("%j is asked about", (text, words) => {
    expect(readList(text)).toMatchObject({ entries: [], problems: [expect.stringContaining(words)] });
  });

  test.each([
    ["gw.example:8001:user:p,w", "p,w"],
    ["user:p:DE@gw.example:8001", "p:DE"],
    ["user:p:@gw.example:8001", "p:"],
    ["user:p;w@gw.example:8001", "p;w"],
    ["gw.example:8001:user:p:q:de", "p:q:de"],
    ["http://user:p%2Cgw.example%3A8002@gw.example:8001", "p,gw.example:8002"],
  ])("%j keeps its password", (text, password) => {
    expect(readList(text).entries).toEqual([["http://gw.example:8001", "user", password]]);
  });

  test.each([
    ["http://first.last@gw.example:8001", "http://gw.example:8001", "first.last"],
    ["http://first.last@198.51.100.4:8001", "http://198.51.100.4:8001", "first.last"],
    ["http://first.last@localhost:8001", "http://localhost:8001", "first.last"],
    ["http://first%2Elast@gw:8001", "http://gw:8001", "first.last"],
    ["socks5://198%2E51.100.4%3A5678@gw:8001", "socks5://gw:8001", "198.51.100.4:5678"],
  ])("%j has a user that may look like a host", (text, endpoint, user) => {
    expect(readList(text).entries).toEqual([[endpoint, user, ""]]);
  });

  test("a form that was named settles what stands behind the password, and still takes no second entry", () => {
    const form = "host:port:user:pass" as const;
    const whole = readProxyList("gw.example:8001:user:pass:DE", { form });
    expect(whole.entries[0]?.credential?.secret.reveal()).toBe("pass:DE");
    const joined = readProxyList("gw.example:8001:user:passgw.example:8002:user:pass", { form });
    expect(joined.entries).toEqual([]);
  });

  test.each([
    'host,port,user,pass\ngw.example,8001,user,"pass,gw.example:8002:user:pass"',
    'host,port,user,pass\ngw.example,8001,"user;http://x:y@gw.example:8002",pass',
    '[{"host":"gw.example","port":8001,"user":"user","pass":"gw.example:8001:user:pass"}]',
    "host,port,note\ngw.example,8001,gw.example:8001:user:pass",
    '[{"host":"gw.example","port":8001,"user":"user","pass":"pass\\ngw.example:8002:user:pass"}]',
  ])("a field of its own that holds a whole entry is refused: %j", (text) => {
    expect(readList(text)).toMatchObject({
      entries: [],
      problems: [expect.stringContaining("a whole entry")],
    });
  });
});

describe("each refusal names the real trouble", () => {
  test.each([
    ["gw.example:8001:user:pass\u200B", "1: it holds U+200B (zero width space) as character 26"],
    ["gw.example:8002:us\u200Eer:pass", "U+200E (left-to-right mark) as character 19"],
    ["gw.example:8002:us\u00ADer:pass", "U+00AD (soft hyphen)"],
    ["gw.example:80:u:p\u00A0", "U+00A0 (no-break space) as character 18"],
    ["\uFEFF\uFEFFgw.example:80", "U+FEFF (byte order mark) as character 1"],
    ["gw.example:80:u:p\u{E0041}", "U+E0041 (invisible character)"],
    ["gw.example:80:u:p\u{FE0F}", "U+FE0F"],
    ["gw.example:80:u:p\uE000", "U+E000"],
    ["gw.example:80:u:p\u2028", "U+2028 (line separator)"],
    ["gw.example:80:u:p\u3164", "U+3164"],
    ["gw.example:80:u:p\uFFFD", "the text was decoded wrongly"],
    ["http://u:p%E2%80%8Bw@gw.example:80", "its password holds U+200B"],
    ["gw.example\uFF1A8001:u:p", "U+FF1A, a wide character"],
    ["http://u:p@\uFF47\uFF57.example:80", "U+FF47, a wide character"],
    ["gw.example:80:u:********", "password is masked"],
    ["198.51.100.4:8080:user:pass # Frankfurt", "it has a comment after a space"],
    ["http://u:p@gw.example:8001#Frankfurt", "there is a # and a name after it"],
    ["198.51.100.4:8080:user:pass // Frankfurt", "it has a comment after a space"],
    ["198.51.100.4:8080:user:pass Frankfurt", "remove what comes after it"],
    ["host,port,type\ngw.example,80,SOCKS", "its scheme is not"],
    ["// my proxies", "comments begin with #"],
    ["; my proxies", "comments begin with #"],
    ["198.51.100.4:5231:username", "a user but no password"],
    ["198.51.100.4:5231:username:", "its password is empty"],
    ["198.51.100.4:5231::pass", "its user is empty"],
    ["gw.example\t8001\tuser\tpass", "parted by tabs, and such a list needs a header"],
    ["gw.example 8001 user pass", "separated by a space"],
    ["gw.example,8001,user,pass", "parted by a comma, and such a list needs a CSV header"],
    ['"gw.example","8001","user","pass"', "parted by a comma"],
    ["gw.example;8001;user;pass", "parted by a semicolon"],
    ["Machine;Porte;Utilisateur", "looks like the header of a CSV list"],
    ["disp.gw.example:8001-8003:user:pass", "a range of ports"],
    ["http://u:p@gw.example:8001\u20138003", "a range of ports"],
    ["host,port\ngw.example,8001-8003", "its port is a range"],
    ["198.51.100.0/29:8080:u:p", "a range of addresses"],
    ["198.51.100.4-7:8080:u:p", "a range of addresses"],
    ["gw.example", "its port is missing"],
    ["gw.example:99999:u:p", "its port is not a number from 1 to 65535"],
    ["http://gw.example:8001:user:pass", "the user comes after the port"],
    ["http://gw.example:8001@user:pass", "the user comes after the @"],
    ["http://2001:db8::1:8001", "goes in brackets"],
    ["http://u:p@[fe80::1%eth0]:8001", "with a zone"],
    ["http://u:p@0.0.0.0:8001", "no proxy can have"],
    ["[::]:8001:u:p", "no proxy can have"],
    ["239.1.1.1:8001:u:p", "no proxy can have"],
    ["255.255.255.255:8001:u:p", "no proxy can have"],
    ["http://u:p@0x7f.1:8001", "no proxy can have"],
    ["u:p@gw.0x1f:8001", "no proxy can have"],
    ["host,port\n0.0.0.0,8001", "no proxy can have"],
    ["http://u:p@gw.ex\u0430mple:8001", "two alphabets"],
    ["gw.example:http:u:p", "its port is not a number"],
    ["host,port\ngw.example,8e3", "its port is not a number"],
    ['host,port\ngw.example,"8,080"', "its port is not a number"],
    ['[{"host":"gw","port":true}]', 'its "port" is not a number'],
    ['[{"host":"gw","port":1,"user":"u","pass":123}]', 'its "pass" is not a text in quotes'],
    ["gw.example:8001/", "there is a path after it"],
    ["host,port,user,pass\ngw,1,u", "as many as the header has"],
    ["['gw.example:8001:u:p', 'gw.example:8002:u:p']", "Python prints single ones"],
    ["{'http': 'http://u:p@gw.example:8001'}", "Python prints single ones"],
    ["socks4://gw.example:1080", "ask the vendor for an HTTP or SOCKS5 address"],
    ["1. gw.example:80:u:p", "a list mark"],
    ["- http://gw.example:80", "a list mark"],
    ["<!DOCTYPE html><title>Log in</title>", "a web page"],
    [
      '[{"host":"gw","port":80},\n{"host":"gw" "port":81}]',
      "2: the text begins like JSON but is not valid JSON",
    ],
    ['{"ips":[{"ip":"1.1.1.1","maxmind":"au"}]}', "its port is missing"],
    ['{"results":[{"proxy_address":null,"port":1}]}', "it has no address"],
    ["proxy,8001,bob,hunter2", "needs a CSV header"],
    ["host,port,user,pass\u200B\ngw,1,u,p", '1: the column "pass" holds U+200B (zero width space)'],
    ['[{"host":"gw","po\\u200brt":1}]', '1: the key "port" holds U+200B (zero width space)'],
    ["host,port,country\ngw,1,DE\u200B", '2: its "country" holds U+200B'],
    ["host,port,user,pass,p\u0430ss\ngw,1,u,p,q", "2: the name of a column mixes letters of two alphabets"],
    ['[{"host":"gw","port":1,"account":"bob","pass":"hunter2"}]', 'a password but no user; if "account" is'],
    ["host,port,pass\ngw,1,hunter2", "it has a password but no user"],
    ["export HTTP_PROXY=http://bob:hunter2@gw.example:8001", "a variable of a shell"],
    ['https_proxy="http://bob:hunter2@gw.example:8001"', "a variable of a shell"],
    ["curl -x http://bob:hunter2@gw.example:8001 https://api.example", "looks like a command"],
    ["PROXY 203.0.113.9:8080; DIRECT", "the scheme goes before the address: http://host:port"],
    ["socks5 203.0.113.9 1080 bob hunter2", "the scheme goes before the address"],
    ["Host: gw.example", "one part of an entry"],
    ["Password: hunter2", "one part of an entry"],
    ["proxies:\n  - http://bob:hunter2@gw.example:8001", "looks like YAML"],
    ["| host | port |\n|---|---|\n| gw | 80 |", "1: it is a table of Markdown"],
    ["<proxies><proxy>gw.example:8001</proxy></proxies>", "XML or a web page"],
    ["IP Adress,Prot,Usr Name,PW", "looks like the header of a CSV list"],
    ["010.001.002.003:8001:u:p", "no valid IPv4 address"],
    ["256.1.1.1:8001", "no valid IPv4 address"],
    ["http://b%C3%BCcher.example:8001", "write the letters of its host as they are"],
    ["\u{1F4A9}.example:8001", "write it in its xn-- form"],
    ['{"detail":"Invalid token."}', 'holds no list but "detail"'],
    ['{"error":{"code":401,"message":"no"}}', 'holds no list but "error"'],
  ])("%j", (text, words) => {
    const { entries, problems } = readList(text);
    expect(entries).toEqual([]);
    expect(problems[0]).toContain(words);
    expect(problems.join()).not.toContain("hunter2");
  });

  test("an international name is stored in its xn-- form", () => {
    for (const text of [
      "http://u:p@b\u00FCcher.example:8001",
      "B\u00DCCHER.example:8001:u:p",
      "u:p@b\u00FCcher.example:8001",
    ])
      expect(readList(text).entries).toEqual([["http://xn--bcher-kva.example:8001", "u", "p"]]);
    expect(readList('[{"host":"\u4F8B\u5B50.example","port":80}]').entries).toEqual([
      ["http://xn--fsqu00a.example:80"],
    ]);
  });

  test("Excel's first line is heeded, and a header of address and port in one column is one", () => {
    for (const first of ["sep=;", '"sep=;"', "SEP=;"])
      expect(readList(`\uFEFF${first}\r\nip;port;user;pass\r\n198.51.100.4;8080;u;p,w\r\n`).entries).toEqual([
        ["http://198.51.100.4:8080", "u", "p,w"],
      ]);
    expect(readList("IP:Port,Login,Password\n198.51.100.4:8080,u,p").entries).toEqual([
      ["http://198.51.100.4:8080", "u", "p"],
    ]);
  });
});
