use super::draft::{Draft, Identity};
use crate::attribute::{ATTRIBUTE_FIELD, Attributes};
use crate::bridge::tracing::mirror;
use crate::bridge::tracing::mirrored::Mirrored;
use crate::context::FrameArc;

impl Draft {
    /// Shows the span, which has just started beneath `parent`, to other layers of `tracing`, if its
    /// pipeline mirrors.
    #[inline]
    pub(super) fn mirror(&mut self, frame: &FrameArc, parent: Option<&FrameArc>, root: bool) {
        if mirror::is_used() {
            // Cloned, so that the frame's own handle may stay in a register.
            self.mirror_if_asked(&frame.clone(), parent, root);
        }
    }

    #[cold]
    #[inline(never)]
    fn mirror_if_asked(&mut self, frame: &FrameArc, parent: Option<&FrameArc>, is_root: bool) {
        if !frame.home.as_ref().is_some_and(|home| home.shared.options.mirrors) {
            return;
        }
        self.attributes_mut();
        let attributes = Attributes::new(self.attributes.bytes(), ATTRIBUTE_FIELD);
        let Identity { name, kind, .. } = &self.identity;
        let mirrored = Mirrored { frame, name, kind: *kind, attributes, parent, is_root };
        if let Some(mirror) = mirror::show(&mirrored) {
            frame.set_mirror(mirror);
        }
    }
}
