"""People on call: whom a program takes, who is on shift, who is asked next. Pure functions; `now` is always a parameter."""
