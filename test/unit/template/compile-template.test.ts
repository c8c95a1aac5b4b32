import { describe, expect, test } from "vitest";
import { omit } from "../../../engine/functions/omit.ts";
import { compileTemplate } from "../../../engine/template/compile-template.ts";
import { Secret } from "../../../engine/value/secret.ts";
import { Unknown } from "../../../engine/value/unknown.ts";
import { inFile, outcomeOf, scopeWith } from "../../support/evaluate.ts";

const vars = {
  name: "pve1",
  count: 3,
  size: 1.5,
  on: true,
  nothing: null,
  pools: ["tank", "rpool"],
  nets: [
    { name: "lan", vlan: 1 },
    { name: "iot", vlan: 20 },
  ],
  map: { "a-b": 1, deep: { key: "v" } },
  password: new Secret("hush"),
  later: new Unknown("known after download"),
  partly: { done: 1, later: new Unknown("known after download") },
  omit,
};
const render = (text: string) => outcomeOf(text, compileTemplate(text, inFile), scopeWith(vars));

describe("a single expression keeps its type", () => {
  test.each<[string, unknown]>([
    ["{{ count }}", 3],
    ["{{size}}", 1.5],
    ["{{ on }}", true],
    ["{{ nothing }}", null],
    ["{{ pools }}", ["tank", "rpool"]],
    ["{{{ pools }}}", ["tank", "rpool"]],
    ["{{~ map.deep ~}}", { key: "v" }],
    ["{{ pools.[1] }}", "rpool"],
    ["{{ map.[a-b] }}", 1],
    ["{{ map.a-b }}", 1],
    ["{{ nets.[0].vlan }}", 1],
    ["{{ length pools }}", 2],
    ['{{ default missing (join pools ", ") }}', "tank, rpool"],
    ["{{ default map.missing.more 1 }}", 1],
    ["{{ default nothing 1 }}", 1],
    ["{{ default name missing }}", "pve1"],
    ["{{ defined nothing }}", true],
    ["{{ defined map.deep.no }}", false],
    ['{{ join pools separator="+" }}', "tank+rpool"],
    ['{{ "a" }}', "a"],
    ["{{ password }}", "secret(hush)"],
    ["{{ default missing omit }}", omit],
  ])("%s gives %j", (text, value) => {
    expect(render(text)).toEqual(value);
  });
});

describe("a longer text is a text", () => {
  test.each<[string, string]>([
    ["{{ count }} ", "3 "],
    ["{{name}}:{{count}}/{{size}}/{{on}}", "pve1:3/1.5/true"],
    ["<{{ name }}> & 'q'", "<pve1> & 'q'"],
    ["no expression", "no expression"],
    ["\\{{ name }}", "{{ name }}"],
    ["{{{{raw}}}}{{json .}}{{{{/raw}}}}", "{{json .}}"],
    ["a {{!-- gone --}}b", "a b"],
    ["a {{~ name ~}} b", "apve1b"],
    ["{{#if on}}yes{{else}}no{{/if}}", "yes"],
    ["{{#if (contains pools 'x')}}yes{{else if on}}else{{/if}}", "else"],
    ["{{#unless nothing}}none{{/unless}}", "none"],
    ["{{#each pools}}{{@index}}={{this}}{{#unless @last}},{{/unless}}{{/each}}", "0=tank,1=rpool"],
    ["{{#each nets as |net i|}}{{i}}{{net.name}}{{/each}}", "0lan1iot"],
    ["{{#each nets}}{{name}}@{{../name}}/{{@root.count}} {{/each}}", "lan@pve1/3 iot@pve1/3 "],
    ["{{#each map.deep}}{{@key}}:{{this}}{{/each}}", "key:v"],
    [
      "{{#each nets}}{{#each ../pools}}{{../name}}{{this}}{{@../index}} {{/each}}{{/each}}",
      "lantank0 lanrpool0 iottank1 iotrpool1 ",
    ],
    ["{{#each (split '' ',')}}[{{this}}]{{else}}empty{{/each}}", "[]"],
    ["{{#with map.deep}}{{key}}{{/with}}", "v"],
    ["{{#each (sort (keys map.deep))}}{{this}}{{/each}}", "key"],
  ])("%s gives %s", (text, value) => {
    expect(render(text)).toBe(value);
  });

  test("with a secret in it, it is a secret as a whole", () => {
    expect(render("user:{{ password }}@{{ name }}")).toBe("secret(user:hush@pve1)");
    expect(render("{{#each pools}}{{@root.password}}{{/each}}")).toBe("secret(hushhush)");
    expect(render("{{#if password}}has one{{/if}}")).toBe("has one");
  });
});

describe("what cannot be evaluated is marked exactly", () => {
  test.each<[string, string, string, string]>([
    ["{{ nam }}", "undefined-variable", "nam", 'the variable "nam" is not defined | did you mean "name"?'],
    ["x {{ upper nam }}", "undefined-variable", "nam", 'the variable "nam" is not defined | did you mean "name"?'],
    ["{{#if nam}}{{/if}}", "undefined-variable", "nam", 'the variable "nam" is not defined | did you mean "name"?'],
    ["{{#each nam}}{{/each}}", "undefined-variable", "nam", 'the variable "nam" is not defined | did you mean "name"?'],
    [
      "{{ default name2 nam }}",
      "undefined-variable",
      "nam",
      'the variable "nam" is not defined | did you mean "name"?',
    ],
    ["{{ map.deep.kee }}", "undefined-key", "map.deep.kee", '"map.deep" has no key "kee" | did you mean "key"?'],
    [
      "{{ pools.[2] }}",
      "index-out-of-range",
      "pools.[2]",
      '"pools" has 2 items and none at index 2 | the first is at index 0',
    ],
    [
      "{{ pools.length }}",
      "undefined-key",
      "pools.length",
      '"pools" is a list and has no key "length" | the function `length` counts the items',
    ],
    [
      "{{ name.constructor }}",
      "no-keys-here",
      "name.constructor",
      '"name" is a string and has no key "constructor" | read it as it is: name',
    ],
    ["{{ map.constructor }}", "undefined-key", "map.constructor", '"map" has no key "constructor" | it has a-b, deep'],
    [
      "{{#each nets}}{{count}}{{/each}}",
      "undefined-key",
      "count",
      'the item has no key "count" | the variable of that name is `@root.count` inside a block',
    ],
    [
      "a {{ pools }}",
      "list-in-text",
      "{{ pools }}",
      "a list cannot stand inside a text | `to_json` prints it whole, `join` puts the items of a list together",
    ],
    [
      "a {{ nothing }}",
      "null-in-text",
      "{{ nothing }}",
      "null cannot stand inside a text | give it a text with `default`, which also stands in for null",
    ],
    ["a {{ omit }}", "omit-in-text", "{{ omit }}", "`omit` cannot stand inside a text | it must be the whole value"],
    ["{{#each name}}{{/each}}", "wrong-argument", "name", "#each goes over a list or a map, and this is a string"],
    [
      "{{ upper count }}",
      "wrong-argument",
      "count",
      'upper: "text" must be a string, and this is an integer | the function `string` makes a text of it',
    ],
  ])("%s", (text, code, marked, says) => {
    expect(render(text)).toEqual({ code, marked, says });
  });
});

describe("what cannot be compiled is marked exactly", () => {
  test.each<[string, string, string, string]>([
    ["{{ uper name }}", "unknown-function", "uper", 'there is no function "uper" | did you mean "upper"?'],
    ["{{ len pools }}", "unknown-function", "len", 'there is no function "len" | did you mean "length"?'],
    ["{{#eahc on}}{{/eahc}}", "unknown-block", "eahc", 'there is no block "#eahc" | did you mean "#each"?'],
    ["{{#upper name}}{{/upper}}", "unknown-block", "upper", '"upper" is a function and no block | write {{ upper … }}'],
    [
      "{{ upper }}",
      "wrong-arguments",
      "{{ upper }}",
      "upper takes 1 argument and has 0 | upper(text): The text in capitals.",
    ],
    ['{{ join pools sep="" }}', "wrong-arguments", 'sep=""', 'join has no argument "sep" | join(list, separator?)'],
    [
      "{{ join pools upper }}",
      "function-as-value",
      "upper",
      '"upper" is a function and has no value of its own | call it in parentheses: (upper …)',
    ],
    [
      "{{#if}}{{/if}}",
      "wrong-arguments",
      "{{#if}}{{/if}}",
      '#if takes one argument and has 0 | a function\'s answer goes in parentheses: {{#if (contains xs "a")}}',
    ],
    [
      "{{> part}}",
      "template-syntax",
      "{{> part}}",
      "templates have no partials ({{> name}}) | put the text here, or keep it in a variable",
    ],
    ["{{* deco}}", "template-syntax", "{{* deco}}", "templates have no decorators ({{* name}})"],
    ["{{ @indx }}", "unknown-data-variable", "@indx", 'there is no "@indx" | did you mean "@index"?'],
    ["{{ @index }}", "no-item-here", "@index", '"@index" has a value only inside #each'],
    [
      "{{ this }}",
      "no-item-here",
      "this",
      "`this` is the item of an #each or #with, and here is none | name a variable",
    ],
    [
      "{{ ../name }}",
      "no-outer-block",
      "../name",
      "`../` leads out of the template | one `../` for each #each or #with around it",
    ],
    [
      "{{#if on}}x{{/each}}",
      "template-syntax",
      "i",
      'template: the block "if" is closed as "each" | text that shall keep its braces is tagged `!raw`',
    ],
    [
      "{{/if}}",
      "template-syntax",
      "{{/",
      "template: this block is closed here without having been opened | text that shall keep its braces is tagged `!raw`",
    ],
    [
      "{{#if on}}x",
      "template-syntax",
      "{{#if on}}",
      'template: the block "if" is never closed | write {{/if}} where it ends',
    ],
  ])("%s", (text, code, marked, says) => {
    expect(render(text)).toEqual({ code, marked, says });
  });

  test("all that is wrong with one text is told at once", () => {
    const parsed = compileTemplate("{{ uper name }} {{ lowr name }}", inFile);
    expect(parsed.ok ? [] : parsed.diagnostics.map(({ place }) => place?.column)).toEqual([4, 20]);
  });

  test("a syntax error in a later line of a long text", () => {
    const text = `${"x".repeat(60)}\n${"y".repeat(50)}{{ name name2 ) }}\n`;
    const complaint = outcomeOf(text, compileTemplate(text, inFile), scopeWith(vars));
    expect(complaint).toMatchObject({ code: "template-syntax", marked: ")" });
  });
});

describe("Jinja's habits are translated", () => {
  test.each<[string, string, string]>([
    ["{{ name | default('x') }}", "{{ name | default('x') }}", 'filters are functions here: {{ default name "x" }}'],
    [
      "a {{ name|upper|replace('A', 'b') }}",
      "{{ name|upper|replace('A', 'b') }}",
      'filters are functions here: {{ replace (upper name) "A" "b" }}',
    ],
    ["{% if on %}x{% endif %}", "{% if on %}", "templates are Handlebars here: {{#if x}} … {{else}} … {{/if}}"],
    ["x {% for a in b %}", "{% for a in b %}", "templates are Handlebars here: {{#each xs}} … {{this}} … {{/each}}"],
    ["{{ name is defined }}", "{{ name is defined }}", "{{ defined name }}"],
    ["{{ name is not defined }}", "{{ name is not defined }}", "{{#unless (defined name)}}"],
    ["{{ lookup('env', 'HOME') }}", "{{ lookup('env', 'HOME') }}", 'look-ups are functions here: {{ env "HOME" }}'],
    ["{{ count + 1 }}", "{{ count + 1 }}", "calculations and comparisons are CEL: !expr count + 1"],
    ["{{ pools[0] }}", "{{ pools[0] }}", "{{ pools.[0] }}"],
    ["{{ pools.0 }}", "{{ pools.0 }}", "an index stands in brackets: {{ pools.[0] }}"],
    ["{{ upper(name) }}", "{{ upper(name) }}", "arguments follow the name without parentheses: {{ upper name }}"],
  ])("%s", (text, marked, hint) => {
    const complaint = render(text);
    expect(complaint).toMatchObject({ code: "jinja-syntax", marked });
    expect(complaint).toMatchObject({ says: expect.stringContaining(hint) });
  });
});

describe("what is not known yet", () => {
  test.each<[string, unknown]>([
    ["{{ later }}", "unknown: known after download"],
    ["a {{ later }}", "unknown: known after download"],
    ["{{ later.size }}", "unknown: known after download"],
    ["{{ default later 1 }}", "unknown: known after download"],
    ["{{ defined later }}", "unknown: known after download"],
    ["{{#if later}}{{/if}}", "unknown: known after download"],
    ["{{ to_json partly }}", "unknown: known after download"],
    ["{{ partly.done }}", 1],
    ["{{ length partly }}", 2],
  ])("%s gives %j", (text, value) => {
    expect(render(text)).toEqual(value);
  });
});

test("a variable that the template tests for is optional in all of it", () => {
  const parsed = compileTemplate("{{#if (defined x.y)}}{{ x.y }}{{/if}}{{ z }}", inFile);
  expect(parsed.ok ? parsed.value.uses.map(({ name, optional }) => [name, optional]) : []).toEqual([
    ["x", true],
    ["x", true],
    ["z", false],
  ]);
});

test("uses are the variables that the template reads, with the keys that follow", () => {
  const text =
    "{{ default a.b 1 }}{{#each xs as |x|}}{{x.y}}{{key}}{{../c}}{{@root.d.e}}{{this.f}}{{/each}}{{#if (defined g)}}{{/if}}";
  const parsed = compileTemplate(text, inFile);
  expect(parsed.ok ? parsed.value.uses.map(({ name, path, optional }) => [name, path, optional]) : []).toEqual([
    ["a", ["b"], true],
    ["xs", [], false],
    ["c", [], false],
    ["d", ["e"], false],
    ["g", [], true],
  ]);
});
