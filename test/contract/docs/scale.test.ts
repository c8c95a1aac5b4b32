import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { type IJob, Job } from "kubernetes-models/batch/v1";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { readShard } from "../../../engine/cli/shard-option.ts";

const read = (name: string): unknown =>
  parse(readFileSync(resolve(import.meta.dirname, "../../../docs", name), "utf8"));

/** Written out once more: the compiler knows every field of a Job, and the schema lets fields pass that it does not know. */
const job: IJob = {
  apiVersion: "batch/v1",
  kind: "Job",
  metadata: { name: "lab-site" },
  spec: {
    completionMode: "Indexed",
    completions: 4,
    parallelism: 4,
    backoffLimitPerIndex: 2,
    activeDeadlineSeconds: 7200,
    ttlSecondsAfterFinished: 86400,
    podFailurePolicy: {
      rules: [
        { action: "FailIndex", onExitCodes: { containerName: "lab", operator: "In", values: [1, 2, 70] } },
        { action: "Ignore", onPodConditions: [{ type: "DisruptionTarget", status: "True" }] },
      ],
    },
    template: {
      spec: {
        restartPolicy: "Never",
        automountServiceAccountToken: false,
        terminationGracePeriodSeconds: 300,
        securityContext: {
          runAsNonRoot: true,
          runAsUser: 1000,
          runAsGroup: 1000,
          fsGroup: 1000,
          seccompProfile: { type: "RuntimeDefault" },
        },
        containers: [
          {
            name: "lab",
            image: "registry.example.com/lab-site:2026-01",
            workingDir: "/site",
            args: ["play", "site.yml", "--shard", "auto/4", "--wait-for-lock", "10m", "--format", "jsonl"],
            env: [
              { name: "HOME", value: "/home/lab" },
              { name: "LAB_AGE_IDENTITY_FILE", value: "/run/secrets/lab/age.txt" },
            ],
            resources: { requests: { cpu: "1", memory: "512Mi" }, limits: { memory: "1Gi" } },
            securityContext: {
              allowPrivilegeEscalation: false,
              readOnlyRootFilesystem: true,
              capabilities: { drop: ["ALL"] },
            },
            volumeMounts: [
              { name: "journal", mountPath: "/site/.lab" },
              { name: "tmp", mountPath: "/tmp" },
              { name: "ssh", mountPath: "/home/lab/.ssh", readOnly: true },
              { name: "secrets", mountPath: "/run/secrets/lab", readOnly: true },
            ],
          },
        ],
        volumes: [
          { name: "journal", emptyDir: {} },
          { name: "tmp", emptyDir: {} },
          { name: "ssh", secret: { secretName: "lab-ssh", defaultMode: 0o400 } },
          { name: "secrets", secret: { secretName: "lab-age", defaultMode: 0o400 } },
        ],
      },
    },
  },
};

describe("the manifest of a Job in docs/scale", () => {
  it("is one of batch/v1, with no other fields than a Job has", () => {
    expect(read("scale/kubernetes.yaml")).toEqual(job);
    expect(() => new Job(job).validate()).not.toThrow();
  });

  it("would be refused with a field missing or of another type", () => {
    const broken = structuredClone(job) as { spec: { completions: unknown } };
    broken.spec.completions = "4";
    expect(() => new Job(broken as never).validate()).toThrow("must be integer");
  });

  it("runs each of its shards, and no other", () => {
    const { completions = 0, template } = job.spec ?? {};
    const args = template?.spec?.containers[0]?.args ?? [];
    const option = args[args.indexOf("--shard") + 1] ?? "";
    const indexes = Array.from({ length: completions }, (_, index) => String(index));
    const shards = indexes.map((index) => readShard(option, { JOB_COMPLETION_INDEX: index }));
    expect(shards).toEqual(indexes.map((_, at) => ({ kind: "shard", shard: { index: at + 1, of: completions } })));
    expect(readShard(option, { JOB_COMPLETION_INDEX: String(completions) }).kind).toBe("wrong");
  });
});
