"""What the service says in other languages than English: a catalogue each, `LANGUAGE.json`, template to template.

The console loads the same files from the service. docs/how-to/add-a-language.md has what to do for another one.
"""
