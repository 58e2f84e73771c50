// Every area of this language as one module.
export default import.meta.glob<Record<string, string | Record<string, string>>>("./*.json", { eager: true, import: "default" });
