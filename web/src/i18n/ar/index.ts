// The areas of this language that every screen needs, as one module.
export default import.meta.glob<Record<string, string | Record<string, string>>>(["./*.json", "!./desk.json"], { eager: true, import: "default" });
