"""What is said: read the question, retrieve, prompt, generate, verify, answer.

The rooms, in the order in which a question goes through them (`ask` is the line, `build` puts it together):

- the question: `conversation` (made to stand alone), `when` with `dates/` (its time), `asked` (the kind of answer)
  and `fitting` (has a text anything of it?), `places` (countries, states, cities), `tongue` (its language); the kinds
  that need more than one line: `decompose`, `hops`, `overview`, `definition`
- the search: `retrieve`, `ranking`, `time_prior`, `diversity`, `rerank`
- the lines: `gather`, `lines`, `sentences`, `line_ranking`, `line_vectors`, `token_vectors`, `selector` (does this
  line answer?), `reading`, `blocks`, `planted` (orders to a machine)
- enough evidence? `evidence`, `taught`, `premise`, `age`, and of figures that differ `disagreement`, `figures`
- the model: `prompt` with `prompts/`, `budget`, `protocol`, `chat`, `local_model`, `models`
- the check: `resolve`, `verify`, `checks/`; `tuned` (weights of what reads lines and of what reads sentences)
- without a model, or where its words do not stand: `extractive`, `antecedent`, `offer`, `short` and `brief` (an
  answer in a few words), `second_answer` (that beside a model's)
- the answer: `run` (what one question gathers), `events`, `worked_out` (dates that sentences leave out), `notes`,
  `finish`, `answer`, `wire`, `trace`
- words of all of them: `words`, `normal`, `number_words`, `quantities`, `meaning`, `known`
- `settings`, `errors`
"""
