"""Pages every service can link to: residents' in `mine`, staff's in `staff` and `places`, calendars in `feeds`."""
