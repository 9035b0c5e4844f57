"""Multiple-choice questions; without a kernel, the page says why each answer is right or wrong.

In the source, a question is followed by a list of answers and, inside ``<details>``, an equally
long list of reasons, each of which begins with **Right.** or **No.** So the source can be read in
Jupyter without giving the answer away::

    :::{question} Is the sum of two kets a ket?

    - Always.
    - Only after it is scaled.

    <details><summary>What each answer means</summary>

    - **No.** Its length need not be one.
    - **Right.** Unless they cancel.

    </details>
    :::

The page has radio buttons, and ``assets/questions.js`` shows the reason for the chosen answer.
"""

from __future__ import annotations

from docutils import nodes
from exercises import unfold
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

RIGHT, WRONG = "Right.", "No."
LETTERS = "ABCDEFGH"


class Choices(nodes.General, nodes.Element):
    """The question with its answers: a group of radio buttons."""


class Legend(nodes.General, nodes.Element):
    """The text of the question."""


class Answer(nodes.General, nodes.Element):
    """One answer: a radio button with its label."""


class Reasons(nodes.General, nodes.Element):
    """All reasons, collapsed, and the place where one of them is shown."""


class Reason(nodes.General, nodes.Element):
    """The reason why one answer is right or wrong."""


class Question(SphinxDirective):
    """The directive ``:::{question} The question, in one line``."""

    has_content = True
    required_arguments = 1
    final_argument_whitespace = True

    def run(self) -> list[nodes.Node]:
        """Return the question as nodes."""
        body = nodes.container()
        self.state.nested_parse(self.content, self.content_offset, body)
        unfold(body)
        lists = [child for child in body if isinstance(child, nodes.bullet_list)]
        if len(lists) != 2 or body[-1] is not lists[1]:
            raise self.error("a question needs a list of answers and, at its end, one of reasons")
        answers, reasons = lists
        if not 2 <= len(answers) <= len(LETTERS) or len(answers) != len(reasons):
            raise self.error(
                f"a question needs as many reasons as answers, and two to {len(LETTERS)} of them; "
                f"got {len(answers)} answers and {len(reasons)} reasons"
            )
        marks = [next((s.astext() for s in r.findall(nodes.strong)), "") for r in reasons]
        starts = [r.astext().startswith(m) for r, m in zip(reasons, marks, strict=True)]
        if not all(starts) or set(marks) != {RIGHT, WRONG} or marks.count(RIGHT) != 1:
            raise self.error(
                f"all reasons must begin with **{WRONG}**, except just one with **{RIGHT}**"
            )

        name = f"question-{self.env.new_serialno('question') + 1}"
        words, problems = self.state.inline_text(self.arguments[0], self.lineno)
        choices = Choices("", Legend("", *words))
        choices += body[: body.index(answers)]
        for index, item in enumerate(answers):
            inline = [part for child in item for part in child.children]
            choices += Answer("", *inline, name=name, index=index)
        folded = Reasons()
        for index, (item, mark) in enumerate(zip(reasons, marks, strict=True)):
            folded += Reason("", *item.children, right=mark == RIGHT, index=index)
        question = nodes.container("", choices, folded, classes=["question"], ids=[name])
        return [question, *problems]


def legend(writer, node) -> None:
    """Begin the text of the question."""
    writer.body.append('<legend><span class="question-kind">Stop and think</span> ')


def answer(writer, node) -> None:
    """Begin one answer."""
    index = node["index"]
    writer.body.append(
        f'<label class="question-answer"><input type="radio" name="{node["name"]}" '
        f'value="{index}"><span class="question-letter">{LETTERS[index]}</span> <span>'
    )


def reason(writer, node) -> None:
    """Begin one reason."""
    kind = "right" if node["right"] else "wrong"
    writer.body.append(f'<li><div class="question-reason {kind}">')


def written(text: str):
    """Return a visitor that writes the same text at every node."""
    return lambda writer, node: writer.body.append(text)


REASONS = (
    '<div class="question-shown" aria-live="polite"></div><details class="question-reasons">'
    '<summary>What each answer means</summary><ol type="A">'
)
# HTML before and after the content of each node.
HTML = {
    Choices: (written("<fieldset>"), written("</fieldset>")),
    Legend: (legend, written("</legend>")),
    Answer: (answer, written("</span></label>")),
    Reasons: (written(REASONS), written("</ol></details>")),
    Reason: (reason, written("</div></li>")),
}


def item(writer, node) -> None:
    """Begin an answer or a reason in print; the first answer also begins the list."""
    if isinstance(node, Answer) and not node["index"]:
        writer.body.append("\n\\begin{description}")
    writer.body.append(f"\n\\item[{{{LETTERS[node['index']]}}}] ")


def nothing(writer, node) -> None:
    """Write nothing."""


# Print has the same lists; other formats get only the text.
LATEX = {
    Choices: (nothing, written("\n\\end{description}\n")),
    Legend: (written("\n\n\\sphinxstylestrong{Stop and think.} "), written("\n")),
    Answer: (item, nothing),
    Reasons: (
        written("\n\\noindent What each answer means:\n\\begin{description}"),
        written("\n\\end{description}\n"),
    ),
    Reason: (item, nothing),
}


def load_script(app: Sphinx, pagename, templatename, context, doctree) -> None:
    """Add the script to pages with a question."""
    if '<fieldset><legend><span class="question-kind">' in context.get("body", ""):
        app.add_js_file("questions.js", loading_method="defer")


def setup(app: Sphinx) -> dict:
    """Register the nodes, the directive and the event handler."""
    for node, visitors in HTML.items():
        silent = (nothing, nothing)
        app.add_node(
            node, html=visitors, latex=LATEX[node], text=silent, man=silent, texinfo=silent
        )
    app.add_directive("question", Question)
    app.connect("html-page-context", load_script)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
