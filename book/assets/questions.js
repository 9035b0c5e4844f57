// Questions with several answers: choosing one shows what it means, and screen readers say it.
// Without this script all reasons are there to be unfolded.
addEventListener("DOMContentLoaded", () => {
  for (const question of document.querySelectorAll(".question")) {
    const reasons = question.querySelectorAll(".question-reason");
    const shown = question.querySelector(".question-shown");
    const show = (choice) => {
      if (choice.checked) shown.replaceChildren(reasons[choice.value].cloneNode(true));
    };
    question.querySelector(".question-reasons").hidden = true;
    question.addEventListener("change", (event) => show(event.target));
    // A browser that comes back to the page may remember a choice.
    question.querySelectorAll("input:checked").forEach(show);
  }
});
