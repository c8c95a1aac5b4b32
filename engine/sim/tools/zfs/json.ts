import type { FrozenHost } from "../../world.ts";
import { humanValue } from "../../zfs/print-property.ts";
import { propertiesOf } from "../../zfs/properties.ts";
import { propertyValue, type Subject } from "../../zfs/property-value.ts";
import type { Resolved } from "../../zfs/resolve-property.ts";
import type { ZfsRules } from "../../zfs/versions.ts";

type JsonProperty = readonly [name: string, value: string];

/** One property as JSON text: numbers are text, unless --json-int asks for numbers. */
export function jsonProperty(
  rules: ZfsRules,
  name: string,
  { value, source }: Resolved,
  literal: boolean,
): JsonProperty {
  const property = propertiesOf(rules).get(name);
  const numeric = property !== undefined && property.kind !== "index" && property.kind !== "string";
  const shown = literal ? value : humanValue(name, property, value);
  const text = literal && numeric && /^\d+$/.test(shown) ? shown : JSON.stringify(shown);
  const data = source.kind === "inherited" ? source.from : "-";
  return [name, `{"value":${text},"source":${JSON.stringify({ type: source.kind.toUpperCase(), data })}}`];
}

/** The whole answer. It is put together as text: guids are beyond what a number of JavaScript holds. */
export function jsonDatasets(
  host: FrozenHost,
  command: string,
  subjects: readonly (readonly [Subject, readonly JsonProperty[]])[],
  integers: boolean,
): string {
  const datasets = subjects.map(([subject, properties]) => {
    const txg = propertyValue(host, subject, "createtxg").value;
    const head = [
      `"name":${JSON.stringify(subject.name)}`,
      `"type":"${subject.kind.toUpperCase()}"`,
      `"pool":${JSON.stringify(subject.dataset.name.split("/", 1)[0])}`,
      `"createtxg":${integers ? txg : `"${txg}"`}`,
      ...(subject.kind === "snapshot"
        ? [
            `"dataset":${JSON.stringify(subject.dataset.name)}`,
            `"snapshot_name":${JSON.stringify(subject.snapshot.name)}`,
          ]
        : []),
    ];
    const body = properties.map(([name, text]) => `${JSON.stringify(name)}:${text}`).join(",");
    return `${JSON.stringify(subject.name)}:{${head.join(",")},"properties":{${body}}}`;
  });
  const version = `"output_version":{"command":"${command}","vers_major":0,"vers_minor":1}`;
  return `{${version},"datasets":{${datasets.join(",")}}}\n`;
}
