// TeX to MathML Core with MathJax, without a page; `formulas.py` runs this when the book is built.
//
// MathJax reads the TeX and knows TeX's spacing. MathML Core has no classes of atoms: operators get
// spaces on both sides from a dictionary, other elements get none. So wherever TeX's space differs
// from the dictionary's, it is written out.

const { mathjax } = MathJax._.mathjax;
const { TeX } = MathJax._.input.tex_ts;
const { STATE } = MathJax._.core.MathItem;
MathJax._.handlers.html_ts.RegisterHTMLHandler(MathJax._.adaptors.liteAdaptor.liteAdaptor());

// Attributes that browsers respect.
const KEPT = {
  math: ["display"],
  mo: ["stretchy", "symmetric", "largeop", "movablelimits", "minsize", "maxsize"],
  mspace: ["width", "height", "depth"],
  mpadded: ["width", "height", "depth", "lspace", "voffset"],
  mstyle: ["displaystyle", "scriptlevel"],
  mfrac: ["linethickness", "displaystyle"],
  mtable: ["columnalign", "displaystyle"],
};
// Elements whose children stand in a row, and those that hold text.
const ROWS = new Set("math mrow inferredMrow TeXAtom mstyle mtd mpadded mphantom msqrt".split(" "));
const TOKENS = new Set(["mi", "mn", "mo", "mtext"]);
const OTHERS = new Set("mspace mfrac mroot msub msup msubsup munder mover munderover mtable mtr".split(" "));

// In em: TeX's spaces, and the spaces of the MathML Core dictionary around some operators.
const SPACES = { thinmathspace: 0.1667, mediummathspace: 0.2222, thickmathspace: 0.2778 };
const USUAL = { "=": [0.2778, 0.2778], "+": [0.2222, 0.2222], "−": [0.2222, 0.2222], ",": [0, 0.1667] };
for (const fence of "()[]⟨⟩") USUAL[fence] = [0, 0];

// Code points at which the letters of a style begin (A, a and 0), and the letters that Unicode has
// at earlier code points.
const STYLES = {
  bold: [0x1d400, 0x1d41a, 0x1d7ce],
  script: [0x1d49c, 0x1d4b6],
  "double-struck": [0x1d538, 0x1d552, 0x1d7d8],
};
STYLES["-tex-calligraphic"] = STYLES.script;
const EARLIER = {
  0x1d49d: "ℬ", 0x1d4a0: "ℰ", 0x1d4a1: "ℱ", 0x1d4a3: "ℋ", 0x1d4a4: "ℐ", 0x1d4a7: "ℒ", 0x1d4a8: "ℳ",
  0x1d4ad: "ℛ", 0x1d4ba: "ℯ", 0x1d4bc: "ℊ", 0x1d4c4: "ℴ", 0x1d53a: "ℂ", 0x1d53f: "ℍ", 0x1d545: "ℕ",
  0x1d547: "ℙ", 0x1d548: "ℚ", 0x1d549: "ℝ", 0x1d551: "ℤ",
};

function styled(text, style) {
  const letter = (sign) => {
    const kind = [/[A-Z]/, /[a-z]/, /[0-9]/].findIndex((signs) => signs.test(sign));
    const start = STYLES[style]?.[kind];
    if (start === undefined) throw new Error(`there is no ${style} "${sign}"`);
    const code = start + sign.charCodeAt(0) - "Aa0".charCodeAt(kind);
    return EARLIER[code] ?? String.fromCodePoint(code);
  };
  return [...text].map(letter).join("");
}

const escaped = (text) =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

// The children of a row, without MathJax's nested rows.
const row = (node) => node.childNodes.flatMap((child) => (child.kind === "inferredMrow" ? row(child) : [child]));

// The operator in a node that consists of one operator alone, else null.
function operator(node) {
  if (node.kind === "mo") return node;
  const inside = node.kind === "TeXAtom" || node.kind === "mrow" ? row(node) : [];
  return inside.length === 1 ? operator(inside[0]) : null;
}

// Return the nodes of a row as MathML. `spaces` receives the spaces on both sides of each operator.
function writeRow(nodes, spaces) {
  let last = null;
  const before = nodes.map((node) => {
    const gap = SPACES[node.texSpacing()] ?? 0;
    const sign = operator(node);
    const core = node.isEmbellished ? node.coreMO() : null;
    const free = last === null && sign === null;
    if (last) spaces.get(last)[1] = gap;
    // An operator with limits or scripts gets its space as an element, which every browser respects.
    if (core && !spaces.has(core)) spaces.set(core, [last || !sign ? 0 : gap, 0]);
    last = sign;
    return free && gap ? `<mspace width="${gap}em"></mspace>` : "";
  });
  return nodes.map((node, k) => before[k] + write(node, spaces)).join("");
}

function write(node, spaces) {
  const { kind } = node;
  if (kind === "text") return escaped(node.getText());
  if (!ROWS.has(kind) && !TOKENS.has(kind) && !OTHERS.has(kind)) {
    throw new Error(`no browser knows the element ${kind}`);
  }
  const children = ROWS.has(kind) ? row(node) : node.childNodes;
  let inside = ROWS.has(kind)
    ? writeRow(children, spaces)
    : children.map((child) => write(child, spaces)).join("");
  const name = kind === "TeXAtom" || kind === "inferredMrow" ? "mrow" : kind;
  if (name === "mrow" && children.length === 1) return inside;

  const said = (attribute) => node.attributes.getExplicit(attribute);
  const kept = (KEPT[kind] ?? []).filter((attribute) => said(attribute) !== undefined);
  const attributes = kept.map((attribute) => [attribute, said(attribute)]);
  const style = said("mathvariant");
  if (TOKENS.has(kind) && style === "normal") {
    // Several letters are upright anyway.
    if (kind === "mi" && [...inside].length === 1) attributes.push(["mathvariant", style]);
  } else if (TOKENS.has(kind) && style) {
    inside = styled(inside, style);
  }
  if (spaces.has(node)) {
    ["lspace", "rspace"].forEach((side, k) => {
      const width = spaces.get(node)[k];
      if (width !== (USUAL[inside] ?? [NaN, NaN])[k]) attributes.push([side, width && `${width}em`]);
    });
  }
  if (kind === "mover" && node.attributes.get("accent")) attributes.push(["accent", "true"]);
  if (kind === "math") attributes.push(["class", "notranslate"]);
  const written = attributes.map(([attribute, value]) => ` ${attribute}="${escaped(`${value}`)}"`);
  return `<${name}${written.join("")}>${inside}</${name}>`;
}

// Return a function that converts TeX with these macros to MathML, and throws if it is invalid.
function typesetter(macros) {
  const complain = (_, error) => {
    throw new Error(error.message);
  };
  const packages = ["base", "ams", "newcommand", "configmacros"];
  const tex = new TeX({ packages, macros, formatError: complain });
  const page = mathjax.document("", { InputJax: tex });
  return (text, display) => {
    const root = page.convert(text, { display, end: STATE.CONVERT });
    root.setTeXclass(null);
    return write(root, new Map());
  };
}
